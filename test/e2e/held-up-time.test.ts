import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../novita-simulator/faults.js';
import { eventually } from '../support/eventually.js';
import { startApp, type RunningApp } from '../support/running-app.js';

/** Time in which nothing could be done is put to no machine's account. */

const START_TIMEOUT_SECONDS = 8;
/** How long the trouble lasts: longer than the deadline allows. */
const TROUBLE_MS = 12_000;

/** By the service's own clock. */
const timeAt = async ({ api }: RunningApp): Promise<number> =>
  Date.parse((await api.request<{ timestamp: string }>('GET', '/health')).body.timestamp);

const TROUBLES: { what: string; operations: string[]; fault: Fault }[] = [
  { what: 'an outage', operations: ['*'], fault: { status: 503, htmlError: true } },
  { what: 'a revoked key', operations: ['*'], fault: { status: 401, reason: 'UNAUTHORIZED' } },
  {
    what: 'an empty balance',
    operations: ['startInstance', 'restartInstance'],
    fault: { status: 400, reason: 'BALANCE_NOT_ENOUGH' },
  },
];

describe.concurrent.each(TROUBLES)('$what that outlasts START_TIMEOUT_SECONDS', ({ operations, fault }) => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startApp({ config: { instances: { startTimeoutSeconds: START_TIMEOUT_SECONDS } } });
  });
  afterAll(() => app.stop());

  it('fails neither a start nor a restart: both go on when Novita takes them again', async () => {
    const { api, novita } = app;
    const started = (await api.create({ name: 'to-start' })).body.id;
    const restarted = (await api.create({ name: 'to-restart' })).body.id;
    for (const id of [started, restarted]) await api.until(id, 'ready');
    await api.ask(started, 'stop');
    await api.until(started, 'stopped');
    const machines = novita.machines().map(({ id }) => id);

    for (const operation of operations) novita.faults.always(operation, fault);
    await api.ask(started, 'start');
    await api.ask(restarted, 'restart');
    for (const id of [started, restarted]) {
      await eventually('it is told what holds it up', async () =>
        /is not done yet: .* It is tried again at/.test((await api.get(id)).statusMessage ?? ''),
      );
    }
    const overAt = (await timeAt(app)) + TROUBLE_MS;
    await eventually('the deadline has passed', async () => (await timeAt(app)) > overAt);
    novita.faults.clear();

    for (const id of [started, restarted]) {
      await api.until(id, 'ready');
      expect((await api.events(id)).map(({ type }) => type)).not.toContain('instance.failed');
    }
    expect(novita.machines().map(({ id }) => id)).toEqual(machines);
    expect((await api.events(restarted)).map(({ type }) => type)).not.toContain('machine.stop_acknowledged');
  });
});
