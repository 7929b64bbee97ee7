import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOVITA_BOOT_TIMES } from '../novita-simulator/boot-times.js';
import { startApp, type RunningApp } from '../support/running-app.js';

const MOVING = 10;
const LOOK_EVERY_MS = 25;

describe('ten instances on their way up at real time, with the default request budget', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startApp({
      novita: { timeFactor: 1, bootTimes: NOVITA_BOOT_TIMES },
      config: { novitaApi: { requestsPerMinute: 100 }, catalogue: { cacheSeconds: 300 } },
    });
  });
  afterAll(() => app.stop());

  it('are shown as ready soon after their workload answers: printed, not judged', async () => {
    const { api, novita } = app;
    for (let at = 0; at < MOVING; at++) await api.create({ name: `moving-${at}` });
    const shownAt = new Map<string, number>();
    while (shownAt.size < MOVING) {
      const { data } = await api.list('?status=ready&limit=100');
      for (const { machine } of data) {
        if (machine && !shownAt.has(machine.id)) shownAt.set(machine.id, Date.now());
      }
      await sleep(LOOK_EVERY_MS);
    }
    const latencies = [...shownAt]
      .map(([id, shown]) => (shown - Number(novita.machine(id).workloadUpAt)) / 1000)
      .sort((a, b) => a - b);
    const p95 = latencies.at(Math.ceil(latencies.length * 0.95) - 1) ?? Infinity;
    const median = latencies[Math.floor(latencies.length / 2)] ?? Infinity;
    console.log(
      `FIGURE workload answers → ready shown, ${latencies.length} instances at real time: median ${median.toFixed(2)} s, p95 ${p95.toFixed(2)} s; ` +
        `at most ${novita.peakRequests()} requests to Novita in a minute`,
    );
    expect(latencies).toHaveLength(MOVING);
    expect(novita.peakRequests()).toBeLessThanOrEqual(100);
  });
});
