import { describe, expect, it } from 'vitest';
import { ManualClock, type Fault } from './novita-simulator.js';
import { withNovita } from './with-novita.js';

describe('a fault', () => {
  it.each<[string, Fault, object]>([
    [
      'an error',
      { status: 503, reason: 'UNKNOWN', message: 'try later' },
      { status: 503, json: { code: 503, message: 'try later' } },
    ],
    ['a rate limit', { status: 429, retryAfter: 3 }, { status: 429, json: { reason: 'RATE_LIMIT_EXCEEDED' } }],
    ['an empty body', 'emptyBody', { status: 200, text: '' }],
    ['a gateway page', 'htmlError', { status: 502, json: null }],
    ['garbage', 'garbage', { status: 200, json: null }],
    ['a body of its own', { body: { id: '' } }, { status: 200, json: { id: '' } }],
    ['a redirect', { redirect: 'http://127.0.0.1:9/x' }, { status: 302 }],
  ])('answers with %s and buys nothing', async (_, fault, seen) => {
    await withNovita({}, async ({ api, novita }) => {
      novita.faults.next('createInstance', fault);
      expect(await api.tryCreate()).toMatchObject(seen);
      expect(novita.ledger()).toEqual([]);
      expect((await api.tryCreate()).status).toBe(200);
    });
  });

  it.each<[string, Fault, number]>([
    ['a reset before acting', 'drop', 0],
    ['a reset after acting: the lost answer', { after: true, drop: true }, 1],
    ['half an answer', 'partialJson', 1],
  ])('breaks the connection: %s', async (_, fault, bought) => {
    await withNovita({}, async ({ api, novita }) => {
      novita.faults.next('createInstance', fault);
      await expect(api.tryCreate()).rejects.toThrow();
      expect(novita.ledger()).toHaveLength(bought);
    });
  });

  it('acts and then answers with an error: the quirk of a start that works though it is refused', async () => {
    await withNovita({}, async ({ api, novita }) => {
      const id = await api.create();
      await novita.advance(id, 'running');
      novita.faults.next('stopInstance', {
        after: true,
        status: 400,
        reason: 'CONFLICT',
        message: 'invalid state change',
      });
      expect((await api.act('stop', id)).status).toBe(400);
      expect(novita.machine(id).status).toBe('toStop');
    });
  });

  it('hangs until the client gives up', async () => {
    await withNovita({}, async ({ novita }) => {
      novita.faults.next('listClusters', 'hang');
      const client = new AbortController();
      const given = fetch(`${novita.baseUrl}/v1/clusters`, { signal: client.signal });
      await expect.poll(() => novita.count('listClusters')).toBe(1);
      client.abort(new Error('given up'));
      await expect(given).rejects.toThrow('given up');
    });
  });

  it('answers at once and acts later: the create that appears after its 504', async () => {
    const clock = new ManualClock();
    await withNovita({ clock }, async ({ api, novita }) => {
      novita.faults.next('createInstance', { status: 504, executeLateMs: 5_000 });
      expect((await api.tryCreate({ name: 'late' })).status).toBe(504);
      clock.tick(4_999);
      expect(await api.list()).toEqual([]);
      clock.tick(1);
      expect((await api.list()).map((each) => each.name)).toEqual(['late']);
    });
  });

  it('only delays, and the right answer follows', async () => {
    const clock = new ManualClock();
    await withNovita({ clock }, async ({ api, novita }) => {
      novita.faults.next('createInstance', { after: true, delayMs: 60_000 });
      const answer = api.tryCreate();
      await expect.poll(() => novita.ledger().length).toBe(1);
      clock.tick(60_000);
      expect((await answer).json).toEqual({ id: novita.machines()[0]?.id });
    });
  });

  it('hides young machines, or some of them, from the list and not from get', async () => {
    const clock = new ManualClock();
    await withNovita({ clock }, async ({ api, novita }) => {
      const id = await api.create();
      novita.faults.always('listInstances', { listLag: 3_000 });
      expect(await api.list()).toEqual([]);
      expect((await api.look(id)).status).toBe(200);
      clock.tick(3_000);
      expect(await api.list()).toHaveLength(1);
      novita.faults.clear();
      novita.faults.next('listInstances', { hide: [id] });
      expect(await api.list()).toEqual([]);
      expect(await api.list()).toHaveLength(1);
    });
  });

  it('is meant for its own operation, so many times, unless it is for all and always', async () => {
    await withNovita({}, async ({ api, novita }) => {
      novita.faults.next('listClusters', { status: 500 }, 2);
      expect((await api.get('/products')).status).toBe(200);
      expect((await api.get('/clusters')).status).toBe(500);
      expect((await api.get('/clusters')).status).toBe(500);
      expect((await api.get('/clusters')).status).toBe(200);
      novita.faults.always('*', { status: 500 });
      expect((await api.get('/products')).status).toBe(500);
      expect((await api.get('/clusters')).status).toBe(500);
    });
  });

  it('strikes a share of the requests when chance decides', async () => {
    await withNovita({}, async ({ api, novita }) => {
      novita.faults.sometimes('listClusters', { status: 500 }, 0.3);
      const statuses: number[] = [];
      for (let asked = 0; asked < 100; asked += 1) statuses.push((await api.get('/clusters')).status);
      const struck = statuses.filter((status) => status === 500).length;
      expect(struck).toBeGreaterThan(15);
      expect(struck).toBeLessThan(45);
      expect((await api.get('/products')).status).toBe(200);
      novita.faults.clear();
      expect((await api.get('/clusters')).status).toBe(200);
    });
  });

  it('for an operation that does not exist is an error of the test', async () => {
    await withNovita({}, ({ novita }) => {
      expect(() => {
        novita.faults.next('listMachines', 'drop');
      }).toThrow('no operation listMachines');
      return Promise.resolve();
    });
  });

  it('can send more than any client should read', async () => {
    await withNovita({}, async ({ api, novita }) => {
      novita.faults.next('listClusters', { hugeBody: 3_000_000 });
      expect((await api.get('/clusters')).text).toHaveLength(3_000_000);
    });
  });
});
