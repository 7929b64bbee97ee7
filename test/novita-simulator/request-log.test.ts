import { describe, expect, it } from 'vitest';
import { ManualClock } from './novita-simulator.js';
import { withNovita } from './with-novita.js';

describe('the request log', () => {
  it('counts by operation and names the machine and the fields of the body', async () => {
    await withNovita({}, async ({ api, novita }) => {
      const id = await api.create();
      await api.look(id);
      await api.list();
      await api.list();
      await api.get('/nowhere');
      expect(novita.countByOperation()).toEqual({
        createInstance: 1,
        getInstance: 1,
        listInstances: 2,
        unknownRoute: 1,
      });
      expect(novita.count('listInstances')).toBe(2);
      expect(novita.requests()[0]).toMatchObject({
        operation: 'createInstance',
        kind: 'create',
        machineId: id,
        status: 200,
        bodyKeys: ['productId', 'gpuNum', 'rootfsSize', 'imageUrl', 'kind'],
      });
    });
  });

  it('knows the busiest minute of each kind', async () => {
    const clock = new ManualClock();
    await withNovita({ clock }, async ({ api, novita }) => {
      const at = async (seconds: number) => {
        clock.tick(seconds * 1000);
        await api.list();
      };
      for (const seconds of [0, 30, 29, 2, 50]) await at(seconds);
      await api.tryCreate();
      expect(novita.peakRequests('read')).toBe(3);
      expect(novita.peakRequests('read', 3_000)).toBe(2);
      expect(novita.requestsInWindow('read')).toBe(3);
      expect(novita.requestsInWindow()).toBe(4);
      expect(novita.peakRequests('create')).toBe(1);
    });
  });

  it('shows a request that got no answer without a status', async () => {
    await withNovita({}, async ({ api, novita }) => {
      novita.faults.next('listClusters', 'drop');
      await expect(api.get('/clusters')).rejects.toThrow();
      expect(novita.requests()[0]).toMatchObject({ status: null, faulty: true });
    });
  });
});
