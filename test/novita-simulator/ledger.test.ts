import { describe, expect, it } from 'vitest';
import { ManualClock } from './novita-simulator.js';
import { withNovita, type Stage } from './with-novita.js';

const HOUR = 3_600_000;

async function withClock(play: (stage: Stage & { clock: ManualClock }) => Promise<void>): Promise<void> {
  const clock = new ManualClock();
  await withNovita({ clock }, (stage) => play({ ...stage, clock }));
}

describe('the ledger', () => {
  it('bills price times GPUs from pulling on, and nothing before', async () => {
    await withClock(async ({ api, novita, clock }) => {
      const id = await api.create({ gpuNum: 2 });
      clock.tick(HOUR);
      await novita.advance(id, 'creating');
      clock.tick(HOUR);
      expect(novita.ledger()[0]).toMatchObject({ billedSeconds: 0, costUsd: 0 });
      await novita.advance(id, 'pulling');
      clock.tick(HOUR / 2);
      await novita.advance(id, 'running');
      clock.tick(HOUR / 2);
      expect(novita.ledger()[0]).toMatchObject({ gpuNum: 2, pricePerGpuHour: 35_000, billedSeconds: 3600 });
      expect(novita.ledger()[0]?.costUsd).toBeCloseTo(0.7, 10);
    });
  });

  it('takes the spot price for a spot machine', async () => {
    await withClock(async ({ api, novita, clock }) => {
      await novita.advance(await api.create({ billingMode: 'spot' }), 'running');
      clock.tick(HOUR);
      expect(novita.ledger()[0]?.costUsd).toBeCloseTo(0.18, 10);
    });
  });

  it('stops the meter at exited, not at the stop request, and starts a new segment with the next start', async () => {
    await withClock(async ({ api, novita, clock }) => {
      const id = await api.create();
      await novita.advance(id, 'running');
      clock.tick(10_000);
      await api.act('stop', id);
      clock.tick(5_000);
      await novita.advance(id, 'exited');
      clock.tick(HOUR);
      expect(novita.ledger()[0]?.billedSeconds).toBe(15);
      await api.act('start', id);
      clock.tick(7_000);
      await novita.advance(id, 'starting');
      clock.tick(3_000);
      await novita.advance(id, 'running');
      const [entry] = novita.ledger();
      expect(entry?.segments).toHaveLength(2);
      expect(entry?.billedSeconds).toBe(18);
    });
  });

  it('counts a begun second', async () => {
    await withClock(async ({ api, novita, clock }) => {
      await novita.advance(await api.create(), 'running');
      clock.tick(1_001);
      expect(novita.ledger()[0]?.billedSeconds).toBe(2);
    });
  });

  it('never bills a machine that was deleted before it pulled', async () => {
    await withClock(async ({ api, novita, clock }) => {
      const id = await api.create();
      await api.act('delete', id);
      clock.tick(HOUR);
      await novita.advance(id, 'removed');
      expect(novita.ledger()[0]).toMatchObject({ billedSeconds: 0, segments: [] });
    });
  });

  it('keeps removed machines, and no second runs after the delete was confirmed', async () => {
    await withClock(async ({ api, novita, clock }) => {
      const id = await api.create();
      await novita.advance(id, 'running');
      await api.act('delete', id);
      clock.tick(4_000);
      expect(novita.ledger()[0]).toMatchObject({ billedSeconds: 4, removedAt: null, deleteConfirmedAt: null });
      await novita.advance(id, 'removed');
      clock.tick(1_000);
      await api.look(id);
      clock.tick(HOUR);
      const [entry] = novita.ledger();
      expect(entry?.billedSeconds).toBe(4);
      expect(entry?.removedAt).toBe(entry?.segments[0]?.to);
      expect(entry?.deleteConfirmedAt).toBe((entry?.removedAt ?? 0) + 1_000);
    });
  });

  it('bills a CPU machine by the machine', async () => {
    await withClock(async ({ api, novita, clock }) => {
      await novita.advance(await api.create({ kind: 'cpu', productId: 'cpu.4c8g' }), 'running');
      clock.tick(HOUR);
      expect(novita.ledger()[0]?.costUsd).toBeCloseTo(0.06, 10);
    });
  });
});
