import { describe, expect, it } from 'vitest';
import { withNovita } from './with-novita.js';

const PRODUCT = '3090.16c92g';

describe('stock', () => {
  it('is held by a machine until it exits, and a start takes it again', async () => {
    await withNovita({}, async ({ api, novita }) => {
      novita.setStock(PRODUCT, undefined, 0);
      novita.setStock(PRODUCT, 'us-ca-6', 2);
      const id = await api.create({ productId: PRODUCT, gpuNum: 2 });
      expect((await api.tryCreate({ productId: PRODUCT })).json).toMatchObject({ reason: 'INSUFFICIENT_RESOURCE' });
      await novita.advance(id, 'running');
      await api.act('stop', id);
      await novita.advance(id, 'exited');
      const rival = await api.create({ productId: PRODUCT });
      expect((await api.act('start', id)).json).toMatchObject({ code: 400, reason: 'INSUFFICIENT_RESOURCE' });
      expect((await api.act('migrate', id)).json).toMatchObject({ reason: 'MIGRATE_INSUFFICIENT_RESOURCE' });
      await api.act('delete', rival);
      await novita.advance(rival, 'removed');
      expect((await api.act('start', id)).status).toBe(200);
      expect(novita.stock.freeIn(PRODUCT, 'us-ca-6')).toBe(0);
    });
  });

  it('is counted per cluster, and a create that names none goes where most is free', async () => {
    await withNovita({}, async ({ api, novita }) => {
      novita.setStock(PRODUCT, 'us-ca-6', 1);
      novita.setStock(PRODUCT, 'as-in-1', 4);
      expect((await api.tryCreate({ productId: PRODUCT, gpuNum: 2, clusterId: 'us-ca-6' })).status).toBe(400);
      const id = await api.create({ productId: PRODUCT, gpuNum: 2 });
      expect((await api.look(id)).json).toMatchObject({ clusterId: 'as-in-1', clusterName: 'AS-IN-01 (India)' });
    });
  });

  it('shows in the products, for the asked cluster and number of GPUs', async () => {
    await withNovita({}, async ({ api, novita }) => {
      novita.setStock(PRODUCT, 'us-ca-6', 0);
      novita.setStock(PRODUCT, 'as-in-1', 4);
      const stock = async (query: string) => {
        const { json } = await api.get(`/products?productName=3090${query}`);
        const [product] = json?.data as Record<string, unknown>[];
        return [product?.availableDeploy, product?.inventoryState];
      };
      expect(await stock('')).toEqual([true, 'low']);
      expect(await stock('&gpuNum=8')).toEqual([false, 'low']);
      expect(await stock('&clusterId=us-ca-6')).toEqual([false, 'none']);
    });
  });

  it('lists only what is sold in the asked billing mode', async () => {
    await withNovita({}, async ({ api }) => {
      const { json } = await api.get('/products?billingMethod=spot');
      expect((json?.data as { name: string }[]).map(({ name }) => name)).not.toContain('H100 SXM 80GB');
    });
  });
});

describe('a create', () => {
  it.each([
    ['no product', { productId: undefined }, 'VALIDATOR_PARAM', 'productId'],
    ['an unknown product', { productId: 'gtx-480' }, 'VALIDATOR_PARAM', 'gtx-480'],
    ['no GPU', { gpuNum: 0 }, 'VALIDATOR_PARAM', 'gpuNum'],
    ['nine GPUs', { gpuNum: 9 }, 'VALIDATOR_PARAM', 'gpuNum'],
    ['a number as text', { gpuNum: '1' }, 'VALIDATOR_PARAM', 'gpuNum'],
    ['no root disk size', { rootfsSize: undefined }, 'VALIDATOR_PARAM', 'rootfsSize'],
    ['a disk larger than the product allows', { rootfsSize: 2000 }, 'VALIDATOR_PARAM', 'rootfsSize'],
    ['an unknown cluster', { clusterId: 'moon-1' }, 'VALIDATOR_PARAM', 'moon-1'],
    ['ports as a list', { ports: [22] }, 'VALIDATOR_PARAM', 'ports'],
    ['a port without a type', { ports: '22' }, 'VALIDATOR_PARAM', 'ports'],
    ['a reserved port', { ports: '2222/tcp' }, 'VALIDATOR_PARAM', '2222'],
    [
      'sixteen ports',
      { ports: Array.from({ length: 16 }, (_, n) => `${8000 + n}/http`).join(',') },
      'VALIDATOR_PARAM',
      '15',
    ],
    ['a name of 256 characters', { name: 'n'.repeat(256) }, 'VALIDATOR_PARAM', 'name'],
    ['an image that does not exist', { imageUrl: 'missing/image:1' }, 'IMAGE_NOT_FOUND', 'image'],
    ['an unknown credential', { imageAuthId: '99' }, 'IMAGE_URL_OR_AUTH_ERROR', 'auth'],
    [
      'spot where there is none',
      { productId: 'h100.24c180g', billingMode: 'spot' },
      'UNSUPPORTED_BILLING_MODE',
      'billing',
    ],
  ])('with %s is refused, and nothing is bought', async (_, body, reason, word) => {
    await withNovita({}, async ({ api, novita }) => {
      const reply = await api.tryCreate(body);
      expect(reply.json).toMatchObject({ code: 400, reason });
      expect(reply.json?.message).toContain(word);
      expect(novita.ledger()).toEqual([]);
    });
  });

  it('raises a root disk below 10 GB and ignores fields it does not know', async () => {
    await withNovita({}, async ({ api }) => {
      const id = await api.create({ rootfsSize: 5, env: [{ key: 'A', value: 'b' }] });
      expect((await api.look(id)).json).toMatchObject({ rootfsSize: 10, envs: [] });
    });
  });

  it('is refused when the deposit is used up, whatever was spent it on', async () => {
    await withNovita({ account: { depositUsd: 0.5 } }, async ({ api }) => {
      expect((await api.tryCreate({ gpuNum: 2 })).json).toMatchObject({ reason: 'CREATE_INSTANCE_LIMIT' });
      expect((await api.tryCreate({ gpuNum: 1 })).status).toBe(200);
    });
  });

  it('is refused beyond the quota of machines and of GPUs', async () => {
    await withNovita({ account: { instanceLimit: 2, gpuLimit: 4 } }, async ({ api }) => {
      expect((await api.tryCreate({ gpuNum: 8 })).json).toMatchObject({
        reason: 'CREATE_GPU_NUM_LIMIT',
        metadata: { 0: '4' },
      });
      await api.create();
      await api.create();
      expect((await api.tryCreate()).json).toMatchObject({ code: 429, reason: 'RATE_LIMIT_EXCEEDED' });
    });
  });

  it('is refused when the budget of the member is used up', async () => {
    await withNovita({ account: { memberBudgetUsd: 0 } }, async ({ api }) => {
      expect((await api.tryCreate()).json).toMatchObject({ code: 400, reason: 'MEMBER_BUDGET_NOT_ENOUGH' });
    });
  });

  it('of a product that is not for this account is refused', async () => {
    await withNovita({}, async ({ api }) => {
      expect((await api.tryCreate({ productId: '4090.24c128g' })).json).toMatchObject({ reason: 'NO_PERMISSION' });
    });
  });
});

describe('the gate', () => {
  it('admits only the key it was given', async () => {
    await withNovita({ apiKey: 'right' }, async ({ api }) => {
      expect((await api.get('/clusters')).json).toMatchObject({ code: 401, reason: 'UNAUTHORIZED' });
    });
    await withNovita({ apiKey: 'test-key' }, async ({ api }) => {
      expect((await api.get('/clusters')).status).toBe(200);
    });
  });

  it('answers 429 with Retry-After above the limit of requests a minute', async () => {
    await withNovita({ account: { requestsPerMinute: 2 } }, async ({ api }) => {
      await api.get('/clusters');
      await api.get('/clusters');
      const reply = await api.get('/clusters');
      expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '5']);
    });
  });

  it('answers an unknown route with text, and a template it does not have with 400', async () => {
    await withNovita({}, async ({ api }) => {
      const unknown = await api.get('/gpu/instance/list');
      expect([unknown.status, unknown.json]).toEqual([404, null]);
      expect((await api.get('/template?templateId=1')).json).toMatchObject({ code: 400, reason: 'TEMPLATE_NOT_FOUND' });
    });
  });

  it('filters the list by part of the name, product and status', async () => {
    await withNovita({}, async ({ api, novita }) => {
      await api.create({ name: 'alpha-1' });
      const second = await api.create({ name: 'alpha-11', productId: PRODUCT });
      await novita.advance(second, 'running');
      const names = async (query: string) => (await api.list(query)).map((each) => each.name);
      expect(await names('name=alpha-1')).toEqual(['alpha-11', 'alpha-1']);
      expect(await names('productName=3090')).toEqual(['alpha-11']);
      expect(await names('status=pending')).toEqual(['alpha-1']);
      expect(await names('pageNum=1&pageSize=1')).toEqual(['alpha-1']);
    });
  });
});
