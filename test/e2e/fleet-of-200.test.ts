import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { beginFigure } from '../support/figure.js';
import { startApp, type RunningApp } from '../support/running-app.js';

const FLEET = 200;
/** More at once might wait so long for the database, on a slow machine, that some are told to come again. */
const CALLERS = 10;
const BUDGET_A_MINUTE = 1_200;
const POLL_EVERY_SECONDS = 5;

describe('two hundred instances at once', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startApp({
      // boots of half a minute: quick for Novita, long enough for polling to cost something
      novita: {
        timeFactor: 1,
        bootTimes: { queued: [1, 3], creating: [2, 6], pulling: [10, 25], workload: [1, 4], lingering: [1, 1] },
      },
      config: { novitaApi: { requestsPerMinute: BUDGET_A_MINUTE }, catalogue: { cacheSeconds: 300 } },
    });
    app.novita.setStock('4090.16c62g', undefined, 500);
  });
  afterAll(() => app.stop());

  it('all become ready, at a tenth of the reads that polling each of them would cost, and within the budget', async () => {
    const { api, novita } = app;
    const names = Array.from({ length: FLEET }, (_, at) => `fleet-${at}`);
    const figure = beginFigure();
    const waiting = [...names];
    const caller = async (): Promise<void> => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift())
        expect((await api.create({ name })).status).toBe(202);
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
    await eventually('all are ready', async () => (await countReady(app)) === FLEET);
    const reads = novita.requests().filter(({ kind }) => kind === 'read').length;
    const waits = await Promise.all(
      names.map(async (name) => {
        const { createdAt, readyAt } = await api.get(name);
        return (Date.parse(readyAt ?? '') - Date.parse(createdAt)) / 1000;
      }),
    );
    const polling = waits.reduce((sum, wait) => sum + wait / POLL_EVERY_SECONDS, 0);
    const peak = novita.peakRequests();
    figure(
      (seconds) =>
        `200 instances: all ready after ${seconds} s; ${reads} reads against ${polling.toFixed(0)} by polling each every ` +
        `${POLL_EVERY_SECONDS} s (${((100 * reads) / polling).toFixed(1)} %); at most ${peak} requests in any minute of ${BUDGET_A_MINUTE}`,
    );
    expect(novita.ledger()).toHaveLength(FLEET);
    expect(reads).toBeLessThanOrEqual(polling / 10);
    expect(peak).toBeLessThanOrEqual(BUDGET_A_MINUTE);
  });
});

const countReady = async ({ api }: RunningApp): Promise<number> => {
  let ready = 0;
  let cursor: string | null = '';
  while (cursor !== null) {
    const page = await api.list(`?status=ready&limit=100${cursor ? `&cursor=${cursor}` : ''}`);
    ready += page.data.length;
    cursor = page.nextCursor;
  }
  return ready;
};
