import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ManualClock, type SimulatorOptions } from './novita-simulator.js';
import { withNovita, type Stage } from './with-novita.js';

const TIMES = {
  queued: [2, 2],
  creating: [4, 4],
  pulling: [10, 10],
  workload: [3, 3],
  stopping: [10, 10],
  removing: [10, 10],
  lingering: [30, 30],
} as const;

async function onTheClock(
  options: SimulatorOptions,
  play: (stage: Stage & { pass: (seconds: number) => Promise<void> }) => Promise<void>,
) {
  const clock = new ManualClock();
  await withNovita({ mode: 'auto', clock, bootTimes: TIMES, ...options }, (stage) =>
    play({
      ...stage,
      pass: async (seconds) => {
        clock.tick(seconds * 1000);
        await stage.novita.settled();
      },
    }),
  );
}

describe('in auto mode', () => {
  it('a machine boots by itself, phase by phase', async () => {
    await onTheClock({}, async ({ api, novita, pass }) => {
      const id = await api.create();
      const seen: unknown[] = [];
      for (const seconds of [1.9, 0.2, 4, 10, 3]) {
        await pass(seconds);
        seen.push([novita.machine(id).status, novita.machine(id).workloadUpAt !== null]);
      }
      expect(seen).toEqual([
        ['pending', false],
        ['creating', false],
        ['pulling', false],
        ['running', false],
        ['running', true],
      ]);
    });
  });

  it('a time factor divides every phase', async () => {
    await onTheClock({ timeFactor: 10 }, async ({ api, novita, pass }) => {
      const id = await api.create();
      await pass(1.6);
      expect(novita.machine(id).status).toBe('running');
    });
  });

  it('a removed machine is listed for a while and then gone', async () => {
    await onTheClock({}, async ({ api, pass }) => {
      const id = await api.create();
      await api.act('delete', id);
      await pass(10);
      expect((await api.list()).map((each) => each.status)).toEqual(['removed']);
      await pass(30);
      expect(await api.list()).toEqual([]);
    });
  });

  it('a delete during the boot ends it', async () => {
    await onTheClock({}, async ({ api, novita, pass }) => {
      const id = await api.create();
      await pass(7);
      await api.act('delete', id);
      await pass(60);
      expect(novita.machine(id).status).toBe('removed');
      expect(novita.ledger()[0]?.billedSeconds).toBe(11);
    });
  });

  it('a spot notice leads to the reclaim and to exited', async () => {
    await onTheClock(
      { bootTimes: { ...TIMES, notice: [3600, 3600], reclaiming: [60, 60] } },
      async ({ api, novita, pass }) => {
        const id = await api.create({ billingMode: 'spot' });
        await pass(16);
        novita.reclaim(id, 'notify');
        await pass(3_600);
        expect(novita.machine(id)).toMatchObject({ status: 'running', spotStatus: 'reclaiming' });
        await pass(60);
        expect(novita.machine(id)).toMatchObject({ status: 'exited', spotStatus: 'terminated' });
      },
    );
  });

  it('pulling a large image takes longer than a small one', async () => {
    const clock = new ManualClock();
    await withNovita({ mode: 'auto', clock }, async ({ api, novita }) => {
      const small = await api.create({ imageUrl: 'nginx:1.27' });
      const large = await api.create({ imageUrl: 'vllm/vllm-openai:v0.10.1' });
      clock.tick(40_000);
      await novita.settled();
      expect(novita.machine(small).status).toBe('running');
      expect(novita.machine(large).status).toBe('pulling');
    });
  });

  it('real timers bring a workload up within a second at a high factor', async () => {
    await withNovita({ mode: 'auto', timeFactor: 200, bootTimes: TIMES }, async ({ api, novita }) => {
      const id = await api.create({ ports: '8000/http' });
      await expect.poll(() => novita.machine(id).workloadUpAt).not.toBeNull();
      const [{ endpoint }] = (await api.look(id)).json?.portMappings as [{ endpoint: string }];
      expect((await fetch(endpoint)).status).toBe(200);
    });
  });
});

describe('a state file', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'novita-simulator-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('carries machines, stock and the meter over a restart, and the workload answers again', async () => {
    const stateFile = path.join(folder, 'state.json');
    const clock = new ManualClock();
    const options: SimulatorOptions = { mode: 'auto', clock, stateFile, bootTimes: TIMES };
    let running = '';
    let booting = '';
    await withNovita(options, async ({ api, novita }) => {
      novita.setStock('4090.16c62g', undefined, 5);
      running = await api.create({ ports: '8000/http', clusterId: 'us-ca-6' });
      clock.tick(60_000);
      await novita.settled();
      clock.tick(60_000);
      booting = await api.create();
    });
    await withNovita(options, async ({ api, novita }) => {
      expect(novita.stock.freeIn('4090.16c62g', 'us-ca-6')).toBe(4);
      expect(novita.ledger()[0]).toMatchObject({ machineId: running, status: 'running', segments: [{ to: null }] });
      const [{ endpoint }] = (await api.look(running)).json?.portMappings as [{ endpoint: string }];
      expect((await fetch(endpoint)).status).toBe(200);
      clock.tick(16_000);
      await novita.settled();
      expect(novita.machine(booting).status).toBe('running');
    });
  });
});
