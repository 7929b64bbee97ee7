/**
 * Novita repeats what we sent to it, in every place where it gives text: each error, each operation, the state of a machine, names.
 * A machine lives its life under that; then the whole database, every answer and the log are searched for what was repeated.
 */
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NovitaSimulator } from '../novita-simulator/novita-simulator.js';
import { ApiClient } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { QUICK } from '../support/running-app.js';
import { ServiceProcess } from '../support/service-process.js';
import { createTestDatabase } from '../support/test-database.js';

const KEY = 'cnry-key-4b1d';
const ENVS = {
  plain: 'cnry-env-7f3a',
  quoted: 'cnry "quo\\ted" e&v',
  upper: 'CNRY_ENV_UPPER',
  lines: 'cnry-li1\ncnry-li2',
};
const base64 = (text: string): string => Buffer.from(`user:${text}`).toString('base64');
/** All that may stand nowhere: each canary, and each form of it that is repeated below. */
const CANARIES = [
  KEY,
  ...Object.values(ENVS),
  'cnry',
  'CNRY',
  base64(KEY).slice(8, -4),
  base64(ENVS.plain).slice(8, -4),
];

let novita: NovitaSimulator;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let service: ServiceProcess;
let api: ApiClient;

beforeAll(async () => {
  novita = await NovitaSimulator.start({ ...QUICK, apiKey: KEY });
  database = await createTestDatabase();
  service = await ServiceProcess.start({
    LOG_LEVEL: 'debug',
    NOVITA_API_KEY: KEY,
    NOVITA_API_BASE_URL: novita.baseUrl,
    NOVITA_REQUESTS_PER_MINUTE: '6000',
    DATABASE_URL: database.url,
    PROBE_ALLOW_ADDRESSES: '127.0.0.1',
    CREATE_SETTLE_SECONDS: '5',
    RATE_LIMIT_MAX_REQUESTS: '1000000',
    CACHE_TIMEOUT: '5',
  });
  api = new ApiClient(service.url);
});
afterAll(async () => {
  await service.end('SIGKILL');
  await database.drop();
  await novita.stop();
});

const echoes = (ways: string[]): string =>
  [
    'Novita repeats:',
    KEY,
    base64(KEY),
    ENVS.plain,
    base64(ENVS.plain),
    encodeURIComponent(ENVS.quoted),
    JSON.stringify(ENVS.quoted),
    ENVS.lines,
    ...ways,
  ].join(' ');

const ports = [
  { port: 8188, protocol: 'http' },
  { port: 22, protocol: 'tcp' },
];
const envs = Object.entries(ENVS).map(([key, value]) => ({ key, value }));

/** Every row of every table, the job library's too. */
const dump = async (url: string): Promise<string> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('public', 'pgboss')`,
    );
    expect(tables.rows.length).toBeGreaterThan(15);
    const texts = [];
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ text: string }>(`SELECT t::text AS text FROM ${name} t`);
      texts.push(...rows.map(({ text }) => text));
    }
    return texts.join('\n');
  } finally {
    await client.end();
  }
};

it('stores, shows and logs no secret that Novita repeats', async () => {
  const refusal = (reason: string, ways: string[] = [], status = 400) => ({ status, reason, message: echoes(ways) });
  const wasRefused = (name: string, type: string) =>
    eventually(`${name} tells of ${type}`, async () => {
      const event = (await api.events(name)).find((one) => one.type === type);
      return event && JSON.stringify(event.data).includes('[redacted]');
    });

  novita.faults.next('createInstance', { ...refusal('RATE_LIMIT_EXCEEDED', [], 429), retryAfter: 1 });
  const { id } = (await api.create({ name: 'lives', envs, ports })).body;
  await wasRefused('lives', 'placement.rejected');
  const { machine } = await api.until('lives', 'ready');
  const { connection } = await eventually('the ways in are known', async () => {
    const shown = await api.get('lives', '?include=secrets');
    return shown.connection?.ssh ? shown : null;
  });
  const ways = [connection?.ssh?.password, connection?.webTerminal?.password, connection?.jupyterUrl].filter(
    (way) => typeof way === 'string' && way.length > 5,
  ) as string[];
  expect(ways.length).toBeGreaterThan(0);

  novita.faults.next('stopInstance', refusal('OPERATION_LIMIT', ways));
  await api.ask('lives', 'stop');
  await wasRefused('lives', 'machine.stop_rejected');
  await api.until('lives', 'stopped');
  // what was known of the ways in is forgotten by now: Novita changes them at each start
  novita.faults.next('startInstance', refusal(ENVS.upper));
  await api.ask('lives', 'start');
  await wasRefused('lives', 'machine.start_rejected');
  await api.until('lives', 'ready');
  novita.faults.next('restartInstance', refusal(ENVS.upper));
  await api.ask('lives', 'restart');
  await wasRefused('lives', 'machine.restart_rejected');
  await api.until('lives', 'ready');

  await eventually(
    'the ways in are known again',
    async () => (await api.get('lives', '?include=secrets')).connection?.ssh,
  );
  // what it says of a machine: a word that is none of its own, an error, and names
  const truth = novita.machine(machine?.id ?? '');
  truth.statusError = { state: ENVS.plain, message: echoes(ways) };
  truth.status = `${ENVS.plain} ${KEY}` as typeof truth.status;
  truth.name = echoes([]);
  truth.productName = echoes([]);
  await eventually(
    'the word is told',
    async () => (await api.get('lives')).machine?.status === '[redacted] [redacted]',
  );
  truth.status = 'running';
  truth.statusError = null;
  // the contract knows no other word: Novita may all the same say one
  expect(novita.contractViolations.splice(0).every((violation) => violation.includes('status'))).toBe(true);
  await novita.addForeignMachine(`copy of ${ENVS.plain} by ${KEY}`, { envs });
  await eventually('the copy is known', async () =>
    (await api.machines('foreign')).some(({ name }) => name === 'copy of [redacted] by [redacted]'),
  );

  const shown: string[] = [];
  // what it says to a read, of a machine or of anything
  const reads = [
    'getInstance',
    'listInstances',
    'listGpuProducts',
    'listClusters',
    'listTemplates',
    'listRepositoryAuths',
  ];
  for (const status of [403, 500]) {
    const before = novita.count('listInstances');
    for (const operation of reads) novita.faults.always(operation, refusal(ENVS.upper, ways, status));
    for (const path of ['offers', 'regions', 'templates', 'registry-auths']) {
      shown.push(await (await fetch(`${service.url}/api/${path}`)).text());
    }
    await eventually(`the list is refused with ${status}`, () => novita.count('listInstances') > before);
    shown.push(await (await fetch(`${service.url}/api/fleet`)).text());
    novita.faults.clear();
  }

  novita.failBoot('nextCreate', { state: ENVS.upper, message: echoes([]) });
  await api.create({ name: 'broken', envs });
  expect((await api.until('broken', 'failed')).failure?.message).toContain('[redacted]');
  novita.faults.always('createInstance', refusal(ENVS.upper));
  await api.create({ name: 'refused', envs });
  expect((await api.until('refused', 'failed')).failure?.message).toContain('[redacted]');
  novita.faults.clear();
  novita.faults.next('deleteInstance', refusal('OPERATION_LIMIT'));
  await api.delete('lives');
  await wasRefused(id, 'machine.delete_rejected');
  await api.until(id, 'deleted');

  const paths = ['/health', '/metrics', '/api/metrics', '/api/jobs?limit=100', '/api/fleet', '/api/machines?limit=100'];
  for (const { id } of (await api.list('?limit=100&status=ready,failed,deleting,deleted')).data) {
    paths.push(`/api/instances/${id}`, `/api/instances/${id}/events?limit=100`);
  }
  for (const path of [...paths, '/api/instances?limit=100', '/api/offers']) {
    shown.push(await (await fetch(service.url + path)).text());
  }
  expect(await service.end('SIGTERM')).toBe(0);

  for (const [where, text] of Object.entries({
    database: await dump(database.url),
    api: shown.join('\n'),
    log: service.log,
  })) {
    expect(text.length, where).toBeGreaterThan(1_000);
    expect(
      [...CANARIES, ...ways].filter((secret) => text.includes(secret)),
      where,
    ).toEqual([]);
  }
});
