/** How many statements a request costs: they are most of what it costs. */
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { currentWaitLimit } from '../../src/database/wait-limit.js';
import type { ApiClient } from '../support/api-client.js';
import { closeBy } from '../support/owner-key.js';
import { startApp, type RunningApp } from '../support/running-app.js';

/**
 * Statements on these tables with a limit on the wait are those of requests: background tasks and the queue have no limit, and health and
 * the budget for Novita, which have one, ask other tables.
 */
const OF_REQUESTS = /\b(instances|events|api_keys|rate_limits)\b/;
/** The read of instances that requests name. Requests share it, so that it has the limit of none of them. */
const OF_MANY_REQUESTS = /\bgiven \(asked, within\)/;

let app: RunningApp;
let owner: ApiClient;
beforeAll(async () => {
  app = await startApp({ config: { instances: { createsEnabled: false } } });
  for (const name of ['one', 'two']) await app.api.create({ name });
  ({ owner } = await closeBy(app.url));
  // reserves a share of the rate limit
  await owner.get('one');
});
afterAll(() => app.stop());

it.each([
  ['one instance', 1, '/api/instances/one'],
  ['a page of instances', 1, '/api/instances?limit=100'],
  ['the events of an instance', 2, '/api/instances/one/events'],
])('%s costs %i in statements, with its key and its place in the rate limit', async (_what, statements, path) => {
  const asked: unknown[] = [];
  const query = Reflect.get(pg.Client.prototype, 'query') as (...args: unknown[]) => unknown;
  const counting = function (this: pg.Client, ...args: unknown[]): unknown {
    const [text] = args;
    const isOfOne = currentWaitLimit() !== null && OF_REQUESTS.test(String(text));
    if (isOfOne || OF_MANY_REQUESTS.test(String(text))) asked.push(text);
    return query.apply(this, args);
  };
  const spy = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(counting);
  for (let request = 0; request < 10; request++) {
    expect((await owner.request('GET', path)).status).toBe(200);
  }
  spy.mockRestore();
  expect(asked).toHaveLength(10 * statements);
});
