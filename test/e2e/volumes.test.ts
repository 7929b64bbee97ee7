/** Network volumes of the Novita account: how they are listed, and what an instance that has some is bought and refused for. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type RunningApp } from '../support/running-app.js';

const aVolume = (number: number, clusterId = 'us-ca-6') => ({
  ...{ id: `00000000-0000-4000-a000-${String(number).padStart(12, '0')}`, name: `volume-${number}`, clusterId },
  ...{ sizes: [{ gb: 10 + number, from: 0, to: null }], deletedAt: null },
});
interface Refusal {
  code: string;
  detail: string;
  errors?: { pointer: string; detail: string }[];
}

it('are listed with size and region, over more than one page', async () => {
  const app = await startApp({
    novita: { storages: Array.from({ length: 45 }, (_, number) => aVolume(number)), switches: { maxPageSize: 20 } },
  });
  const { body } = await app.api.request<{ data: object[] }>('GET', '/api/volumes');
  await app.stop();
  expect(body.data).toHaveLength(45);
  expect(body.data).toContainEqual({
    ...{ id: aVolume(7).id, name: 'volume-7', sizeGb: 17 },
    ...{ regionId: 'us-ca-6', regionName: 'US-CA-06 (California)' },
  });
});

describe('an instance with volumes', () => {
  const MODELS = aVolume(1, 'eu-de-1');
  const CACHE = aVolume(2, 'eu-de-1');
  const ABROAD = aVolume(3, 'us-ca-6');
  let app: RunningApp;
  beforeAll(async () => {
    app = await startApp({ novita: { storages: [MODELS, CACHE, ABROAD] } });
  });
  afterAll(() => app.stop());

  const refusal = async (body: object): Promise<Refusal> => {
    const answer = await app.api.request<Refusal>('POST', '/api/instances', {
      ...{ name: 'refused', productName: 'RTX 4090', image: 'example/image:1' },
      ...body,
    });
    expect(answer.status, JSON.stringify(answer.body)).toBeGreaterThanOrEqual(400);
    return answer.body;
  };

  it('is bought in their region, though others are cheaper, and has them mounted where it was asked for', async () => {
    const volumes = [{ id: MODELS.id, mountPath: '/models' }, { id: CACHE.id }];
    const { body } = await app.api.create({ name: 'with-volumes', volumes });
    const ready = await app.api.until(body.id, 'ready');
    expect(ready.placement?.regionId).toBe('eu-de-1');
    const mounted = [volumes[0], { id: CACHE.id, mountPath: '/network' }];
    expect(ready.volumes).toEqual(mounted);
    expect(app.novita.machines().map(({ clusterId, networkStorages }) => ({ clusterId, networkStorages }))).toEqual([
      { clusterId: 'eu-de-1', networkStorages: mounted },
    ]);
    await app.api.delete(body.id);
    await app.api.until(body.id, 'deleted');
    expect(app.novita.holdings.storages.map(({ deletedAt }) => deletedAt)).toEqual([null, null, null]);
  });

  it('is refused, with the volume that does not exist, or with volumes in two regions', async () => {
    const unknown = await refusal({ volumes: [{ id: MODELS.id }, { id: 'no-such-volume', mountPath: '/x' }] });
    expect(unknown).toMatchObject({ code: 'VOLUME_NOT_FOUND', errors: [{ pointer: '/volumes/1/id' }] });
    expect(unknown.detail).toContain('no-such-volume');
    const apart = await refusal({ volumes: [{ id: MODELS.id }, { id: ABROAD.id, mountPath: '/x' }] });
    expect(apart).toMatchObject({ code: 'VALIDATION_ERROR', errors: [{ pointer: '/volumes' }] });
    const samePath = await refusal({ volumes: [{ id: MODELS.id }, { id: CACHE.id }] });
    expect(samePath).toMatchObject({ code: 'VALIDATION_ERROR', errors: [{ pointer: '/volumes/1/mountPath' }] });
    expect(app.novita.machines().filter(({ name }) => name.includes('refused'))).toEqual([]);
  });

  it('fails when Novita has not its volume any more, which an older list still shows', async () => {
    await app.api.request('GET', '/api/volumes');
    app.novita.holdings.storages.splice(1, 1);
    expect((await app.api.create({ name: 'too-late', volumes: [{ id: CACHE.id }] })).status).toBe(202);
    const failed = await app.api.until('too-late', 'failed');
    expect(failed.failure).toMatchObject({ code: 'VOLUME_NOT_FOUND' });
    expect(failed.attempts).toMatchObject([{ reason: 'NETWORK_STORAGE_NOT_FOUND' }]);
  });
});
