import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApp, type RunningApp } from '../support/running-app.js';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp({ config: { novitaApi: { timeoutMs: 8_000 } } });
});
afterAll(() => app.stop());

it('a create is taken although Novita does not say what it sells, and goes on by itself when it does', async () => {
  app.novita.faults.always('listClusters', 'hang');
  const since = performance.now();
  const created = await app.api.create({ name: 'not-kept-waiting' });
  expect(created.status).toBe(202);
  // the read itself is given up after eight seconds only
  expect(performance.now() - since).toBeLessThan(8_000);
  app.novita.faults.clear();
  await app.api.until('not-kept-waiting', 'ready');
});
