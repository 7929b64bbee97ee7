import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApp, type RunningApp } from '../support/running-app.js';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp({ config: { novitaApi: { timeoutMs: 20_000 } } });
});
afterAll(() => app.stop());

it('a create is taken although Novita does not say what it sells, and goes on by itself when it does', async () => {
  app.novita.faults.always('listClusters', 'hang');
  const created = await app.api.create({ name: 'not-kept-waiting' });
  expect(created.status).toBe(202);
  // a read that is given up is tried again: the first one still hangs
  expect(app.novita.count('listClusters')).toBeLessThanOrEqual(1);
  app.novita.faults.clear();
  await app.api.until('not-kept-waiting', 'ready');
});
