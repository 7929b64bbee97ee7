/** The encryption key is changed while the service runs, as the runbook says; and a key is removed too early. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Secret } from '../../src/config/config.js';
import { parseKeyRing } from '../../src/config/key-ring.js';
import { sessionUrl } from '../../src/database/session-url.js';
import type { BackgroundTaskDto } from '../../src/timetable/api/background-task.dto.js';
import { NovitaSimulator } from '../novita-simulator/novita-simulator.js';
import type { TestDatabase } from '../support/empty-database.js';
import { eventually } from '../support/eventually.js';
import { keysCommand, type CommandEnd } from '../support/keys-command.js';
import { QUICK, serveApp, type ServedApp } from '../support/running-app.js';
import { createTestDatabase } from '../support/test-database.js';

const SECRET = 'the deployment secret, which stays as it is';
const lineOf = (id: string): string => `${id} ${randomBytes(32).toString('base64')}\n`;
const [OLD, NEW] = [lineOf('old'), lineOf('new')];
const ENVS = [{ key: 'TOKEN', value: 'known-to-the-workload' }];

let novita: NovitaSimulator;
let database: TestDatabase;
let client: pg.Client;
let folder: string;
beforeAll(async () => {
  novita = await NovitaSimulator.start(QUICK);
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: sessionUrl(database.url) });
  await client.connect();
  folder = await mkdtemp(path.join(tmpdir(), 'novitai-ring-'));
});
afterAll(async () => {
  await client.end();
  await database.drop();
  await novita.stop();
  await rm(folder, { recursive: true });
});

const serve = (ring: string | null): Promise<ServedApp> =>
  serveApp(novita, database.url, {
    instances: {
      deploymentSecret: new Secret(SECRET),
      encryptionKeys: ring === null ? null : parseKeyRing(ring),
    },
  });

const rotate = async (ring: string): Promise<CommandEnd> => {
  const file = path.join(folder, 'keys');
  await writeFile(file, ring);
  await chmod(file, 0o600);
  const settings = { DATABASE_URL: database.url, DEPLOYMENT_SECRET: SECRET, ENCRYPTION_KEYS_FILE: file };
  return keysCommand(settings)('rotate-encryption');
};

/** The id of its key for each stored text. */
const keysOfTexts = async (): Promise<string[]> => {
  const { rows } = await client.query<{ id: string }>(`
    SELECT split_part(sealed, '.', 2) AS id FROM (
      SELECT sealed_envs FROM instances UNION ALL SELECT sealed_envs_before FROM instances UNION ALL SELECT sealed_access FROM machines
      UNION ALL SELECT sealed_secrets FROM webhook_endpoints) AS all_texts (sealed) WHERE sealed IS NOT NULL`);
  return rows.map(({ id }) => id);
};
const keysInUse = async (): Promise<string[]> => [...new Set(await keysOfTexts())].toSorted();

const taskRun = async ({ api }: ServedApp): Promise<BackgroundTaskDto['runs'][number] | undefined> => {
  await api.request('POST', '/api/background-tasks/encryption-keys/activate');
  const { body } = await api.request<BackgroundTaskDto>('GET', '/api/background-tasks/encryption-keys');
  // replicas that have ended are still told
  return body.runs.toSorted((one, other) => ((one.startedAt ?? '') < (other.startedAt ?? '') ? 1 : -1))[0];
};

const create = async (app: ServedApp, name: string): Promise<string> => {
  const { id } = (await app.api.create({ name, envs: ENVS })).body;
  await app.api.until(id, 'ready');
  return id;
};

it('moves stored secrets from the deployment secret to a ring and from key to key, and tells of a missing key', async () => {
  const without = await serve(null);
  const ids = [await create(without, 'older-than-the-ring')];
  await without.api.request('POST', '/api/webhooks', { url: 'http://127.0.0.1:9/hook' });
  const [ofSecret = ''] = await keysInUse();
  await without.close();

  const first = await serve(OLD);
  ids.push(await create(first, 'younger-than-the-ring'));
  expect(await keysInUse()).toEqual([ofSecret, 'old'].toSorted());
  await first.close();

  // the new key seals, and the old one opens: rotated while the service runs
  const during = await serve(NEW + OLD);
  const rotated = await rotate(NEW + OLD);
  expect(rotated).toMatchObject({ status: 0, stderr: '' });
  expect(rotated.stdout).toMatch(
    /^instances\.sealed_envs: 2 of 2 encrypted anew\ninstances\.sealed_envs_before: 0 of 0 .*\nmachines\.sealed_access: (\d) of \1 .*\nwebhook_endpoints\.sealed_secrets: 1 of 1 .*\n0 left/,
  );
  expect(await keysInUse()).toEqual(['new']);
  for (const id of ids) expect((await during.api.get(id, '?include=secrets')).envs).toEqual(ENVS);
  expect((await rotate(NEW + OLD)).stdout).toMatch(/^(\w+\.\w+: 0 of 0 .*\n){4}0 left/);
  await during.close();

  const after = await serve(NEW);
  for (const id of ids) expect((await after.api.get(id, '?include=secrets')).envs).toEqual(ENVS);
  const texts = (await keysOfTexts()).length;
  expect(texts).toBeGreaterThanOrEqual(3);
  await eventually('the task counts them', async () => {
    const { status } = (await taskRun(after)) ?? {};
    return status?.['texts'] === texts && status['ofOtherKeys'] === 0;
  });
  await after.close();

  // the new key is gone too early
  const missing = await serve(OLD);
  await eventually('the task fails', async () => {
    const { error } = (await taskRun(missing)) ?? {};
    return error?.includes('EncryptionKeysMissing');
  });
  await eventually('health tells it', async () => {
    await taskRun(missing);
    const { body } = await missing.api.request<object>('GET', '/health');
    return JSON.stringify(body).includes('encryption-keys fails');
  });
  const refused = await rotate(OLD);
  expect(refused).toMatchObject({ status: 1, stderr: '' });
  expect(refused.stdout).toMatch(/\n(\d) left\. \1 of them no key opens: .* Keep all keys until nothing is left\.\n$/);
  await missing.close();
});
