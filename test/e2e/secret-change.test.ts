/** The deployment secret is changed while an instance runs, as the runbook says. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Secret } from '../../src/config/config.js';
import type { BackgroundTaskDto } from '../../src/timetable/api/background-task.dto.js';
import { NovitaSimulator } from '../novita-simulator/novita-simulator.js';
import type { TestDatabase } from '../support/empty-database.js';
import { eventually } from '../support/eventually.js';
import { QUICK, serveApp, type ServedApp } from '../support/running-app.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';
import { createTestDatabase } from '../support/test-database.js';

const OLD = 'the secret that was written down somewhere';
const NEW = 'the secret that nobody has written down yet';

let novita: NovitaSimulator;
let database: TestDatabase;
beforeAll(async () => {
  novita = await NovitaSimulator.start(QUICK);
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.drop();
  await novita.stop();
});

const serve = (secret: string, previous: string | null): Promise<ServedApp> =>
  serveApp(novita, database.url, {
    instances: {
      deploymentSecret: new Secret(secret),
      previousDeploymentSecret: previous === null ? null : new Secret(previous),
    },
  });

const runOf = async ({ api }: ServedApp): Promise<Record<string, unknown> | undefined> => {
  await api.request('POST', '/api/background-tasks/secret-change/activate');
  const { body } = await api.request<BackgroundTaskDto>('GET', '/api/background-tasks/secret-change');
  return body.runs.find(({ status }) => status !== null)?.status ?? undefined;
};

const ENVS = [{ key: 'TOKEN', value: 'known-to-the-workload' }];

it('keeps machines and stored secrets, says what still needs the secret before, and when nothing does', async () => {
  const before = await serve(OLD, null);
  const { id } = (await before.api.create({ name: 'older-than-the-secret', envs: ENVS })).body;
  const ready = await before.api.until(id, 'ready');
  const receiver = await WebhookReceiver.start();
  const { body: webhook } = await before.api.request<{ id: string; secret: string }>('POST', '/api/webhooks', {
    url: receiver.url,
  });
  expect((await before.api.request('GET', '/api/background-tasks/secret-change')).status).toBe(404);
  await before.close();
  await expect(serve(NEW, null)).rejects.toThrow(/DEPLOYMENT_SECRET is not the secret of this database/);

  const during = await serve(NEW, OLD);
  expect(await during.api.get(id, '?include=secrets')).toMatchObject({
    status: 'ready',
    machine: { id: ready.machine?.id },
    envs: ENVS,
  });
  await eventually('its texts are sealed anew, and its machine is counted', async () => {
    const status = await runOf(during);
    return status?.['resealed'] === 0 && status['machines'] === 1;
  });
  expect(await runOf(during)).toEqual({ resealed: 0, unreadable: 0, machines: 1, openAttempts: 0, needed: true });
  // what is bought now carries the new secret
  const younger = (await during.api.create({ name: 'younger-than-the-secret' })).body.id;
  await during.api.until(younger, 'ready');
  await during.api.delete(id);
  await during.api.until(id, 'deleted');
  await eventually('the secret before is not needed', async () => (await runOf(during))?.['needed'] === false);
  expect(await during.api.get(younger)).toMatchObject({ status: 'ready' });
  await during.close();

  const after = await serve(NEW, null);
  expect(await after.api.get(id, '?include=secrets')).toMatchObject({ status: 'deleted', envs: ENVS });
  expect(await after.api.get(younger)).toMatchObject({ status: 'ready' });
  // the secret of a webhook was sealed anew too: it signs as before
  receiver.secret = webhook.secret;
  const then = receiver.requests.length;
  await after.api.request('POST', `/api/webhooks/${webhook.id}/test`);
  await eventually('the test is verified', () =>
    receiver.requests.slice(then).some(({ verified }) => verified?.type === 'webhook.test'),
  );
  await receiver.stop();
  await after.close();
  await expect(serve(OLD, null)).rejects.toThrow(/DEPLOYMENT_SECRET is not the secret of this database/);
});
