import { describe, expect, it } from 'vitest';
import { ManualClock, type SimulatorOptions } from './novita-simulator.js';
import { withNovita, type Stage } from './with-novita.js';

const MINUTE = 60;
const HOUR = 3_600;

interface SpotStage extends Stage {
  id: string;
  pass: (seconds: number) => Promise<void>;
  seen: () => Promise<{ status: unknown; spotStatus: unknown; deadline: number }>;
}

/** A spot machine that runs since this moment, with Novita's own times. */
async function withSpot(options: SimulatorOptions, play: (stage: SpotStage) => Promise<void>): Promise<void> {
  const clock = new ManualClock();
  await withNovita({ mode: 'auto', clock, ...options }, async ({ api, novita }) => {
    const pass = async (seconds: number) => {
      clock.tick(seconds * 1000);
      await novita.settled();
    };
    const id = await api.create({ billingMode: 'spot' });
    while (novita.machine(id).status !== 'running') await pass(1);
    const seen = async () => {
      const { status, spotStatus, spotReclaimTime } = (await api.look(id)).json ?? {};
      return { status, spotStatus, deadline: Number(spotReclaimTime) - Math.floor(clock.now() / 1000) };
    };
    await play({ api, novita, id, pass, seen });
  });
}

describe('a spot machine with Novita’s own times', () => {
  it('gets no notice in its first hour, an hour of notice, and is taken within a minute of the deadline', async () => {
    await withSpot({}, async ({ novita, id, pass, seen }) => {
      novita.reclaim(id, 'plan');
      await pass(HOUR - MINUTE);
      expect(await seen()).toMatchObject({ status: 'running', spotStatus: 'running' });
      await pass(MINUTE);
      const { spotStatus, deadline } = await seen();
      expect(spotStatus).toBe('notified');
      expect(deadline).toBeGreaterThan(HOUR - 2);
      expect(deadline).toBeLessThanOrEqual(HOUR);
      await pass(HOUR - MINUTE);
      expect(await seen()).toMatchObject({ status: 'running', spotStatus: 'notified' });
      await pass(2 * MINUTE + 1);
      expect(await seen()).toMatchObject({ status: 'exited', spotStatus: 'terminated' });
      expect(novita.machine(id).diskGeneration).toBe(2);
    });
  });

  it('shows "0" as its deadline until it is taken, where the switch says so', async () => {
    await withSpot({ switches: { noticeReclaimTime: '0' } }, async ({ api, novita, id, pass }) => {
      const time = async () => (await api.look(id)).json?.spotReclaimTime;
      novita.reclaim(id, 'notify');
      expect(await time()).toBe('0');
      await pass(HOUR);
      expect([novita.machine(id).spotStatus, await time()]).toEqual(['reclaiming', '0']);
      await pass(MINUTE + 1);
      expect(await time()).not.toBe('0');
    });
  });

  it('keeps its deadline while it is being taken, though that may begin five minutes early', async () => {
    await withSpot({ switches: { reclaimBegins: 'before' } }, async ({ novita, id, pass }) => {
      novita.reclaim(id, 'notify');
      const { spotReclaimAt } = novita.machine(id);
      await pass(HOUR - 1);
      expect(novita.machine(id)).toMatchObject({ status: 'running', spotStatus: 'reclaiming', spotReclaimAt });
      await pass(MINUTE + 2);
      expect(novita.machine(id)).toMatchObject({ status: 'exited', spotReclaimAt });
    });
  });

  it.each(['migrate', 'setAutoMigrate'] as const)('refuses %s from the notice on; save image works', async (action) => {
    await withSpot({}, async ({ api, novita, id, pass }) => {
      const ask = () =>
        api.post(`/gpu/instance/${action}`, { instanceId: id, autoMigrateOpen: true, autoMigrateSystemDisk: false });
      novita.reclaim(id, 'notify');
      expect((await ask()).json).toMatchObject({ code: 400, reason: 'CONFLICT' });
      await pass(HOUR);
      expect(novita.machine(id).spotStatus).toBe('reclaiming');
      expect((await ask()).json).toMatchObject({ code: 400, reason: 'CONFLICT' });
      const saved = await api.post('/job/save/image', { instanceId: id, image: 'example/saved:1' });
      expect(saved.status).toBe(200);
    });
  });

  it('that its owner stops under notice is stopped, and not taken', async () => {
    await withSpot({}, async ({ api, novita, id, pass }) => {
      novita.reclaim(id, 'notify');
      await api.act('stop', id);
      await pass(2 * HOUR);
      expect(novita.machine(id)).toMatchObject({ status: 'exited', spotStatus: '', spotReclaimAt: null });
      expect(novita.machine(id).diskGeneration).toBe(1);
    });
  });

  it('loses its mark when it runs again, and begins a new hour of guarantee', async () => {
    await withSpot({}, async ({ api, novita, id, pass }) => {
      novita.reclaim(id, 'terminate');
      expect((await api.act('start', id)).status).toBe(200);
      await pass(MINUTE);
      expect(novita.machine(id)).toMatchObject({ status: 'running', spotStatus: 'running', spotReclaimAt: null });
      novita.reclaim(id, 'plan');
      await pass(HOUR - 2 * MINUTE);
      expect(novita.machine(id).spotStatus).toBe('running');
    });
  });

  it('is gone soon after the reclaim, and cannot be started, where the switch says so', async () => {
    await withSpot({ switches: { afterReclaim: 'goneSoon' } }, async ({ api, novita, id, pass }) => {
      novita.reclaim(id, 'terminate');
      expect(novita.machine(id).status).toBe('exited');
      expect((await api.act('start', id)).status).toBe(400);
      const statuses = new Set<unknown>();
      for (let seconds = 0; seconds < 20; seconds += 1) {
        await pass(1);
        statuses.add(novita.machine(id).status);
      }
      expect([...statuses]).toEqual(expect.arrayContaining(['removing', 'removed']));
      await pass(30);
      expect((await api.look(id)).status).toBe(404);
      expect(novita.ledger()[0]?.deleteRequestedAt).toBeNull();
    });
  });
});

describe('a fault of a node', () => {
  it.each([
    [true, 0, 1],
    [false, 7 * 24 * HOUR, 2],
  ])('moves a machine with auto-migrate %j after %i s, under the same id', async (isOpen, after, disk) => {
    const clock = new ManualClock();
    await withNovita({ mode: 'auto', clock }, async ({ api, novita }) => {
      const id = await api.create();
      const pass = async (seconds: number) => {
        clock.tick(seconds * 1000);
        await novita.settled();
      };
      while (novita.machine(id).status !== 'running') await pass(1);
      const setting = { instanceId: id, autoMigrateOpen: isOpen, autoMigrateSystemDisk: true };
      await api.post('/gpu/instance/setAutoMigrate', setting);
      expect((await api.look(id)).json).toMatchObject({ autoMigrateOpen: isOpen, autoMigrateSystemDisk: isOpen });
      novita.breakNode(id);
      await pass(Math.max(0, after - 1));
      if (!isOpen) expect(novita.machine(id).status).toBe('running');
      await pass(1);
      const moving = (await api.look(id)).json;
      expect(moving).toMatchObject({ status: 'migrating', jobs: [{ type: 'autoInstanceMigrate' }] });
      await pass(5 * MINUTE);
      expect(novita.machine(id)).toMatchObject({ status: 'running', diskGeneration: disk });
      expect(novita.jobs.runningOf(id)).toEqual([]);
    });
  });
});

it('a machine that runs out of memory says so', async () => {
  await withNovita({}, async ({ api, novita }) => {
    const id = await api.create();
    await novita.advance(id, 'running');
    novita.failBoot(id, { state: 'oom', message: 'the container ran out of memory' });
    expect((await api.look(id)).json).toMatchObject({ status: 'exited', statusError: { state: 'oom' } });
  });
});
