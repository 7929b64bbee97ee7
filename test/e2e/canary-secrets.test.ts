/**
 * A closed service with a secret of every kind that it has, each a word that occurs nowhere else. It writes all that it ever writes
 * (LOG_LEVEL=debug). Then all that it has written, sent, shown to keys without `secrets:read` and stored is searched, in every form.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeKey } from '../../src/access/api-key.js';
import { SCOPES } from '../../src/vocabulary/scope.js';
import { NovitaSimulator } from '../novita-simulator/novita-simulator.js';
import { ApiClient } from '../support/api-client.js';
import { canariesIn, type Canary } from '../support/canary.js';
import { dumpOf } from '../support/database-dump.js';
import type { TestDatabase } from '../support/empty-database.js';
import { eventually } from '../support/eventually.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { keysCommand } from '../support/keys-command.js';
import { OtlpCollector } from '../support/otlp-collector.js';
import { QUICK } from '../support/running-app.js';
import { ServiceProcess } from '../support/service-process.js';
import { createTestDatabase } from '../support/test-database.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const word = (kind: string): string => `${kind}-${randomBytes(12).toString('hex')}`;
const FIRST_KEY = writeKey('key_01JGFJJZ00N5MQ2YS3B3X8T1RV', randomBytes(32)).key;
const NOVITA_KEY = word('novita');
const DEPLOYMENT_SECRET = word('deployment-secret-of-the-operator');
const RING_KEY = randomBytes(32).toString('base64');
const ENV_WORD = word('env');
/** Its signs are written in another way in JSON and in URLs. */
const ENV_VALUE = `${ENV_WORD} "&%/+`;
const COLLECTOR_KEY = word('collector');
const WRONG_PLACE = word('misplaced');
const REGISTRY_PASSWORD = word('registry-password');

/** A key or secret that is stored as bytes: the id in front of a key is no secret. */
const ofApiKey = (kind: string, key: string): Canary => {
  const secret = key.split('_')[2]?.slice(0, 64) ?? '';
  return { kind, texts: [secret, Buffer.from(secret, 'hex').toString('base64')] };
};
const bytesOf = (base64: string): Buffer => Buffer.from(base64, 'base64');
const ofBase64 = (kind: string, base64: string): Canary => ({
  kind,
  texts: [base64.replace(/=+$/, ''), ...(['base64url', 'hex'] as const).map((form) => bytesOf(base64).toString(form))],
});
const ofText = (kind: string, ...texts: string[]): Canary => ({ kind, texts });

let novita: NovitaSimulator;
let provider: IdentityProvider;
let receiver: WebhookReceiver;
let collector: OtlpCollector;
let database: TestDatabase;
let databaseUrl: URL;
let service: ServiceProcess;
let folder: string;
let settings: Record<string, string>;
beforeAll(async () => {
  novita = await NovitaSimulator.start(QUICK);
  provider = await IdentityProvider.start();
  receiver = await WebhookReceiver.start();
  collector = await OtlpCollector.start();
  database = await createTestDatabase();
  databaseUrl = new URL(database.url);
  // a server that trusts everybody takes any
  databaseUrl.password ||= randomBytes(16).toString('hex');
  folder = await mkdtemp(path.join(tmpdir(), 'novitai-canary-'));
  await writeFile(path.join(folder, 'ring'), `canary-ring ${RING_KEY}\n`, { mode: 0o600 });
  settings = {
    DATABASE_URL: databaseUrl.href,
    DEPLOYMENT_SECRET,
    ENCRYPTION_KEYS_FILE: path.join(folder, 'ring'),
    NOVITA_API_KEY: NOVITA_KEY,
  };
  service = await ServiceProcess.start({
    ...settings,
    FIRST_API_KEY: FIRST_KEY,
    LOG_LEVEL: 'debug',
    NOVITA_API_BASE_URL: novita.baseUrl,
    NOVITA_REQUESTS_PER_MINUTE: '6000',
    OIDC_ISSUER: provider.issuer,
    OIDC_AUDIENCE: 'novitai',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: `x-key=${COLLECTOR_KEY}`,
    PROBE_ALLOW_ADDRESSES: '127.0.0.1',
    WEBHOOK_ALLOW_HTTP: 'true',
    WEBHOOK_ALLOW_ADDRESSES: '127.0.0.1',
  });
});
afterAll(async () => {
  await service.end('SIGKILL');
  await database.drop();
  for (const one of [novita, provider, receiver, collector]) await one.stop();
  await rm(folder, { recursive: true });
});

/** The paths of all GETs of the document, but for the stream, which does not end. */
const pathsOf = async (ids: Record<string, string>): Promise<string[]> => {
  const answer = await fetch(`${service.url}/docs-json`, { headers: { authorization: `Bearer ${FIRST_KEY}` } });
  const { paths } = (await answer.json()) as { paths: Record<string, { get?: object }> };
  return Object.entries(paths)
    .filter(([route, { get }]) => get && route !== '/api/events/stream')
    .map(([route]) => route.replace(/\{(\w+)\}/g, (_all, name: string) => ids[`${route} ${name}`] ?? ids[name] ?? ''))
    .map((route) => (route.endsWith('/wait') ? `${route}?for=ready&timeout=1` : route));
};

it('no secret of any kind is in what the service writes, sends, stores, or shows without secrets:read', async () => {
  const owner = new ApiClient(service.url, { authorization: `Bearer ${FIRST_KEY}` });
  const shown: string[] = [];
  const show = async (route: string, key: string, init: RequestInit = {}): Promise<number> => {
    const headers = { authorization: `Bearer ${key}`, ...(init.headers as Record<string, string>) };
    const answer = await fetch(service.url + route, { ...init, headers });
    shown.push(`${route} ${JSON.stringify([...answer.headers])} ${await answer.text()}`);
    return answer.status;
  };

  // keys: the first may do all but see secrets, the second is rotated
  const scopes = SCOPES.filter((scope) => scope !== 'secrets:read');
  const reader = (await owner.request<{ key: string }>('POST', '/api/keys', { name: 'reader', scopes })).body.key;
  const made = await owner.request<{ id: string; key: string }>('POST', '/api/keys', { name: 'rotated', scopes });
  const rotatedKey = await owner.request<{ key: string }>('POST', `/api/keys/${made.body.id}/rotate`, {});
  const token = await provider.token({ scope: 'instances:read instances:write' });

  // a webhook with two secrets, which hears of an instance that a token makes
  const hook = await owner.request<{ id: string; secret: string }>('POST', '/api/webhooks', {
    url: `${receiver.url}/hook`,
  });
  const rotatedHook = await owner.request<{ secret: string }>('POST', `/api/webhooks/${hook.body.id}/rotate-secret`);
  const envs = [{ key: 'TOKEN', value: ENV_VALUE }];
  const byToken = new ApiClient(service.url, { authorization: `Bearer ${token}` });
  const created = await byToken.create({ name: 'canary', envs, ports: [{ port: 22, protocol: 'tcp' }] });
  expect(created.status).toBe(202);
  shown.push(JSON.stringify(created.body));
  await owner.until('canary', 'ready');
  const password = novita.machines()[0]?.sshPassword ?? '';
  await eventually(
    'its password is known',
    async () => (await owner.get('canary', '?include=secrets')).connection?.ssh?.password === password,
  );
  await eventually('its events are delivered', () => receiver.requests.some(({ body }) => body.includes('ready')));

  // a registry credential: accepted, refused by Novita with a sentence that repeats it, and lost on the way
  const credential = { name: 'ghcr.io', username: 'me', password: REGISTRY_PASSWORD };
  const save = async (): Promise<number> => {
    const answer = await owner.request('POST', '/api/registry-auths', credential);
    shown.push(JSON.stringify(answer.body));
    return answer.status;
  };
  expect(await save()).toBe(201);
  expect(novita.catalogue.registryAuths.at(-1)?.password).toBe(REGISTRY_PASSWORD);
  const repeated = { status: 400, reason: 'VALIDATOR_PARAM', message: `no good: ${REGISTRY_PASSWORD}` };
  novita.faults.next('saveRepositoryAuth', repeated);
  expect(await save()).toBe(422);
  novita.faults.next('saveRepositoryAuth', 'drop');
  expect(await save()).toBe(503);

  // secrets in places where they do not belong, and keys that are wrong
  const misplaced = [FIRST_KEY, token, WRONG_PLACE];
  const wrongKey = FIRST_KEY.replace(/.{10}$/, '0123456789');
  for (const secret of misplaced) {
    const basic = Buffer.from(`me:${secret}`).toString('base64');
    const json = { 'content-type': 'application/json', 'x-api-key': secret, cookie: `session=${secret}` };
    for (const [route, init] of [
      [`/api/instances?api_key=${secret}`, {}],
      [`/api/instances/${secret}`, {}],
      [`/no/such/${secret}`, {}],
      ['/api/instances', { headers: { ...json, authorization: `Basic ${basic}` } }],
      ['/api/instances', { method: 'POST', headers: json, body: `{"name": "${secret}` }],
      ['/api/instances', { method: 'POST', headers: json, body: JSON.stringify({ [secret]: 1, envs }) }],
      ['/api/instances', { method: 'POST', headers: json, body: JSON.stringify({ name: 'x', envs: ENV_VALUE }) }],
    ] as [string, RequestInit][]) {
      const headers = { authorization: `Bearer ${wrongKey}`, ...(init.headers as Record<string, string>) };
      // what a caller wrote may be told back to it: its answer is not kept
      const { status } = await fetch(service.url + route, { ...init, headers });
      expect(status, route).toBeGreaterThanOrEqual(400);
      await fetch(service.url + route, { ...init, headers: { ...headers, authorization: `Bearer ${reader}` } });
    }
  }

  // all that is shown
  const { body: jobs } = await owner.request<{ data: { id: string }[] }>('GET', '/api/jobs');
  const ids = {
    instance: 'canary',
    webhook: hook.body.id,
    name: 'encryption-keys',
    id: jobs.data[0]?.id ?? '',
    project: 'default',
  };
  const paths = await pathsOf(ids);
  expect(paths.length).toBeGreaterThan(25);
  for (const route of paths) {
    expect(await show(route, reader), route).toBe(200);
    // the owner may see secrets, and does not ask for them
    expect(await show(route, FIRST_KEY), route).toBe(200);
  }
  expect(await show('/api/instances/canary?include=secrets', reader)).toBe(403);
  expect(await show('/api/instances?include=secrets', reader)).toBeGreaterThanOrEqual(400);
  const keys = keysCommand(settings);
  const printed = JSON.stringify([await keys('list'), await keys('rotate-encryption')]);
  const { text: dump, tables } = await dumpOf(database.url);
  // a key with the scope sees them: the search is for what is really there
  const seen = JSON.stringify(await owner.get('canary', '?include=secrets'));

  expect(await service.end('SIGTERM')).toBe(0);

  const canaries = [
    ofText('env value', ENV_VALUE, ENV_WORD),
    ofText('SSH password', password),
    ofBase64('webhook secret', hook.body.secret.slice('whsec_'.length)),
    ofBase64('rotated webhook secret', rotatedHook.body.secret.slice('whsec_'.length)),
    ofApiKey('API key', reader),
    ofApiKey('API key before its rotation', made.body.key),
    ofApiKey('API key after its rotation', rotatedKey.body.key),
    ofApiKey('FIRST_API_KEY', FIRST_KEY),
    ofText('OIDC token', token.split('.')[2] ?? ''),
    ofText('DEPLOYMENT_SECRET', DEPLOYMENT_SECRET),
    ofBase64('encryption key', RING_KEY),
    ofText('NOVITA_API_KEY', NOVITA_KEY),
    ofText('password of a registry credential', REGISTRY_PASSWORD),
    ofText('password of the database', decodeURIComponent(databaseUrl.password)),
    ofText('key of the collector', COLLECTOR_KEY),
    ofText('secret in a wrong place', WRONG_PLACE, wrongKey.split('_')[2] ?? ''),
  ];
  for (const { kind, texts } of canaries)
    expect(Math.min(...texts.map(({ length }) => length)), kind).toBeGreaterThan(9);
  const kindsSeen = new Set(canariesIn(seen, canaries).map((found) => found.split(':')[0]));
  expect([...kindsSeen]).toEqual(['env value', 'SSH password']);
  expect(collector.headers[0]?.['x-key']).toBe(COLLECTOR_KEY);

  const places = {
    log: service.log,
    traces: collector.text,
    answers: shown.join('\n'),
    commands: printed,
    webhooks: receiver.requests.map(({ path: to, headers, body }) => JSON.stringify([to, headers, body])).join('\n'),
    database: dump,
  };
  expect(tables).toEqual(expect.arrayContaining(['public.api_keys', 'public.instances', 'pgboss.job']));
  for (const [place, text] of Object.entries(places)) expect(text.length, place).toBeGreaterThan(200);
  const told = Object.entries(places).flatMap(([place, text]) =>
    canariesIn(text, canaries).map((found) => `${place}: ${found}`),
  );
  expect(told).toEqual([]);
});
