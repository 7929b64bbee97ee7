/** The operators' scripts, by running them: against the whole service, and against a stand-in for Docker's command line. */
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedServer } from '../../src/database/embedded-server.js';
import { migrate } from '../../src/database/migrator.js';
import { APPLICATION_NAME } from '../../src/database/pool.js';
import type { ApiClient } from '../support/api-client.js';
import { closeBy } from '../support/owner-key.js';
import { startApp, type RunningApp } from '../support/running-app.js';

const at = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const SCRIPTS = ['backup', 'restore', 'health-check', 'verify-deployment', 'deploy-prod'];

interface Outcome {
  code: number | null;
  output: string;
}

const run = (script: string, args: string[] = [], environment: Record<string, string> = {}): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const child = spawn(at(`deploy/scripts/${script}.sh`), args, {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, output });
    });
  });

describe('each script', () => {
  it.each(SCRIPTS)('%s tells how it is used, and refuses what it does not know', async (script) => {
    const help = await run(script, ['--help']);
    expect(help.code).toBe(0);
    expect(help.output).toContain(`${script}.sh`);
    const wrong = await run(script, ['--no-such-option']);
    expect(wrong.code).toBe(2);
    expect(wrong.output).toContain('what is --no-such-option?');
  });
});

let app: RunningApp;
let owner: ApiClient;
let withKey: Record<string, string>;
beforeAll(async () => {
  app = await startApp();
  const closed = await closeBy(app.url);
  owner = closed.owner;
  withKey = { NOVITAI_API_KEY: closed.key };
});
afterAll(() => app.stop());

describe('against a service that runs', () => {
  it('health-check says that it is healthy, and what is slow', async () => {
    const { code, output } = await run('health-check', [app.url, '--wait', '20', '--slow', '0'], withKey);
    expect(output).toMatch(/^healthy in \d+ ms/);
    expect(output).toMatch(/up +database/);
    expect(output).toContain('SLOW');
    expect(output).not.toContain('was not looked at');
    expect(code).toBe(0);
    const without = await run('health-check', [app.url]);
    expect([without.code, without.output]).toEqual([0, expect.stringContaining('the fleet was not looked at')]);
  });

  it('verify-deployment finds everything that production promises', async () => {
    // Novita has to have been asked once
    await owner.create({ name: 'verified' });
    await owner.until('verified', 'ready');
    const { code, output } = await run('verify-deployment', [app.url], withKey);
    expect(output).not.toContain('FAIL');
    expect(output).toContain('all checks passed');
    expect(code).toBe(0);
  });

  it('nothing that answers is a failure with a reason', async () => {
    const health = await run('health-check', ['http://127.0.0.1:1']);
    expect([health.code, health.output]).toEqual([1, expect.stringContaining('does not answer')]);
    const verified = await run('verify-deployment', ['http://127.0.0.1:1']);
    expect([verified.code, verified.output]).toEqual([1, expect.stringContaining('FAIL  it lives')]);
  });
});

describe('against a service that', () => {
  const KEY = { FIRST_API_KEY: 'the-key' };
  type Answer = { status?: number; headers?: Record<string, string>; body: unknown };
  const health = {
    status: 'healthy',
    uptime: 1,
    services: { database: 'up', jobQueue: 'up', novitaApi: 'up' },
    dependencies: { database: { status: 'up' } },
  };
  const FROZEN = { why: 'restored-database', detail: 'decide on each machine', since: '2026-01-01T00:00:00.000Z' };
  type Answering = Answer | ((url: URL, authorization: string | undefined) => Answer);
  const LIMITED = { headers: { RateLimit: '"default";r=1;t=1' }, body: { data: [] } };
  /** By path: what one answers that is as it should be. */
  const WELL: Record<string, Answering> = {
    '/health': { body: health },
    '/health/live': { body: { status: 'alive' } },
    '/health/startup': { body: { status: 'started' } },
    '/health/ready': { body: { status: 'ready', waitingFor: [] } },
    '/api/metrics/summary': { body: { data: { performance: { requestsPerMinute: 1 } } } },
    '/api/instances': (_, authorization) => ({
      ...LIMITED,
      status: authorization === 'Bearer the-key' ? 200 : 401,
    }),
    '/docs-json': { body: {} },
    '/api/fleet': { body: { frozen: null, createsPaused: null, hold: null, verifiedAt: null } },
  };
  /** Serves that, but for what is changed, until the work is done. */
  const against = async (
    changes: Record<string, Answering>,
    work: (url: string) => Promise<Outcome>,
  ): Promise<Outcome> => {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://stand-in');
      const told = { ...WELL, ...changes }[url.pathname] ?? { status: 404, body: {} };
      const {
        status = 200,
        headers,
        body,
      } = typeof told === 'function' ? told(url, request.headers.authorization) : told;
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  };
  const frozen = { '/api/fleet': { body: { frozen: FROZEN, createsPaused: null } } };
  const notReady = { '/health/ready': { status: 503, body: { status: 'not_ready', waitingFor: ['shutdown'] } } };

  it('is well, verify-deployment and health-check say so', async () => {
    expect(await against({}, (url) => run('verify-deployment', [url], KEY))).toMatchObject({ code: 0 });
    expect(await against({}, (url) => run('health-check', [url]))).toMatchObject({ code: 0 });
  });

  const withHealth = (changes: object) => ({ '/health': { body: { ...health, ...changes } } });
  it.each<[what: string, changes: Record<string, Answering>]>([
    ['it lives', { '/health/live': { status: 503, body: {} } }],
    ['it has started', { '/health/startup': { status: 503, body: {} } }],
    ['it is ready', notReady],
    ['it is healthy', withHealth({ status: 'unhealthy' })],
    ['the database is up', withHealth({ services: { ...health.services, database: 'down' } })],
    ['jobs are taken', withHealth({ services: { ...health.services, jobQueue: 'down' } })],
    ['Novita answers', withHealth({ services: { ...health.services, novitaApi: 'down' } })],
    ['it does not tell what it is made of', withHealth({ debug: { nodeVersion: 'v24.0.0' } })],
    ['it counts', { '/api/metrics/summary': { status: 500, body: {} } }],
    ['it asks callers for an API key', { '/api/instances': LIMITED }],
    ['it knows the API key of this script', { '/api/instances': { ...LIMITED, status: 401 } }],
    [
      'callers are limited',
      { '/api/instances': (_, authorization) => ({ status: authorization ? 200 : 401, body: { data: [] } }) },
    ],
    ['its documentation is there', { '/docs-json': { status: 404, body: {} } }],
    ['the fleet is not frozen', frozen],
  ])('fails one check, verify-deployment fails: %s', async (what, changes) => {
    const { code, output } = await against(changes, (url) => run('verify-deployment', [url], KEY));
    expect([...output.matchAll(/FAIL {2}(.*)/g)].map(([, failed]) => failed)).toEqual([what]);
    expect(output).toContain('1 checks failed');
    expect(code).toBe(1);
  });

  it('is healthy and not ready, health-check fails', async () => {
    const { code, output } = await against(notReady, (url) => run('health-check', [url]));
    expect([code, output]).toEqual([1, expect.stringContaining('NOT READY: waits for shutdown')]);
  });

  it('is unhealthy, health-check fails', async () => {
    const sick = { '/health': { status: 503, body: { ...health, status: 'unhealthy' } } };
    const { code, output } = await against(sick, (url) => run('health-check', [url]));
    expect([code, output]).toEqual([1, expect.stringMatching(/^unhealthy in /)]);
  });

  it('holds back, health-check tells why', async () => {
    const { output } = await against(frozen, (url) => run('health-check', [url]));
    expect(output).toContain('FROZEN (restored-database): decide on each machine');
    const paused = { '/api/fleet': { body: { frozen: null, createsPaused: { detail: 'no balance left' } } } };
    expect((await against(paused, (url) => run('health-check', [url]))).output).toContain('CREATES PAUSED: no balance');
  });

  it('was restored, restore --report lists every machine that it does not know, over all pages', async () => {
    const pages: Record<string, object> = {
      '': {
        data: [{ id: 'm1', name: 'one', status: 'running', pricePerInstanceHour: { amount: '0.35' } }],
        nextCursor: 'b',
      },
      b: { data: [{ id: 'm2', name: 'two', status: 'exited', pricePerInstanceHour: null }], nextCursor: 'c' },
      c: { data: [{ id: 'm3', name: 'three', status: null, pricePerInstanceHour: null }], nextCursor: null },
    };
    const restored = {
      '/api/fleet': {
        body: { frozen: FROZEN, createsPaused: null, hold: null, verifiedAt: '2026-01-01T00:01:00.000Z' },
      },
      '/api/machines': ({ searchParams }: URL): Answer => ({ body: pages[searchParams.get('cursor') ?? ''] }),
    };
    const { code, output } = await against(restored, (url) => run('restore', ['--report', url]));
    expect(code).toBe(0);
    expect(output).toContain('3 machines with our tag are not known');
    for (const line of ['m1  one  running  $0.35 an hour', 'm2  two  exited  price unknown', 'm3  three']) {
      expect(output).toContain(line);
    }
  });
});

describe('restore', () => {
  let place: string;
  let set: string;
  let dataDir: string;
  beforeEach(async () => {
    place = await mkdtemp(path.join(tmpdir(), 'novitai-restore-'));
    set = path.join(place, 'set');
    dataDir = path.join(place, 'data');
    await mkdir(set);
    await mkdir(path.join(dataDir, 'postgres/data'), { recursive: true });
    const manifest = { made: '2026-01-01T00:00:00Z', kind: 'embedded', database: { instances: 1, machines: 1 } };
    await writeFile(path.join(set, 'manifest.json'), JSON.stringify(manifest));
    await writeFile(path.join(set, 'database.tar.gz'), 'a database');
    const sums = await promisify(execFile)('sha256sum', ['manifest.json', 'database.tar.gz'], { cwd: set });
    await writeFile(path.join(set, 'SHA256SUMS'), sums.stdout);
  });
  afterEach(() => rm(place, { recursive: true }));

  const there = async (): Promise<string[]> => (await readdir(place, { recursive: true })).sort();

  it('takes a whole set for whole, and changes nothing by looking', async () => {
    const before = await there();
    expect(await run('restore', ['--verify', set])).toMatchObject({
      code: 0,
      output: expect.stringContaining('whole') as string,
    });
    expect(await there()).toEqual(before);
  });

  it.each<[what: string, damage: () => Promise<void>]>([
    ['lacks a file', () => rm(path.join(set, 'database.tar.gz'))],
    ['has a file that was changed', () => writeFile(path.join(set, 'database.tar.gz'), 'another database')],
    ['has a manifest that was changed', () => writeFile(path.join(set, 'manifest.json'), '{}')],
    ['lacks its sums', () => rm(path.join(set, 'SHA256SUMS'))],
    ['lacks its manifest', () => rm(path.join(set, 'manifest.json'))],
  ])('refuses a set that %s, with --verify and without', async (_, damage) => {
    await damage();
    const before = await there();
    for (const args of [
      ['--verify', set],
      [set, '--force', '--data-dir', dataDir],
    ]) {
      const { code, output } = await run('restore', args);
      expect(code).toBe(1);
      expect(output).toMatch(/is damaged: nothing was changed|is no complete backup set/);
    }
    expect(await there()).toEqual(before);
  });

  it('does not go over a database that is there unless told to, and never over one that runs', async () => {
    const before = await there();
    const refused = await run('restore', [set, '--data-dir', dataDir]);
    expect(refused).toMatchObject({ code: 1, output: expect.stringContaining('there is a database') as string });
    expect(await there()).toEqual(before);

    const pid = path.join(dataDir, 'postgres/data/postmaster.pid');
    await writeFile(pid, `${process.pid}\n`);
    const forced = await run('restore', [set, '--force', '--data-dir', dataDir]);
    expect(forced).toMatchObject({ code: 1, output: expect.stringContaining('its PostgreSQL runs') as string });
    expect(await there()).toEqual([...before, path.relative(place, pid)].sort());
  });
});

it('what backup.sh copied while a server ran, restore.sh puts in place, frozen until a person resumes', async () => {
  const place = await mkdtemp(path.join(tmpdir(), 'novitai-restored-'));
  await chmod(place, 0o711);
  const [kept, restored, sets] = [path.join(place, 'kept'), path.join(place, 'restored'), path.join(place, 'sets')];
  const serving = async <T>(dataDir: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const server = await EmbeddedServer.start({ dataDir });
    // by this name the scripts know that the server is used
    const client = new pg.Client({ connectionString: server.url, application_name: APPLICATION_NAME });
    try {
      await migrate(server.url);
      await client.connect();
      return await work(client);
    } finally {
      await client.end();
      await server.stop();
    }
  };
  try {
    await serving(kept, async (client) => {
      await client.query('CREATE TABLE kept AS SELECT 7 AS seven');
      const made = await run('backup', ['--to', sets, '--data-dir', kept, '--no-image']);
      expect(made).toMatchObject({ code: 0 });
    });
    const [set = ''] = await readdir(sets);
    const { code, output } = await run('restore', [path.join(sets, set), '--data-dir', restored]);
    expect([code, output]).toEqual([0, expect.stringContaining('restored and frozen')]);
    await serving(restored, async (client) => {
      const { rows } = await client.query(`SELECT seven, frozen->>'why' AS why FROM kept, fleet_guard`);
      expect(rows).toEqual([{ seven: 7, why: 'restored-database' }]);
    });
  } finally {
    await rm(place, { recursive: true, force: true });
  }
});

describe('deploy-prod', () => {
  interface DockerState {
    containers: { id: string; image: string; health: string }[];
    calls: string[];
    leastHealthy: number;
    tags: Record<string, string>;
  }
  let place: string;
  let environment: Record<string, string>;
  let stateFile: string;
  const state = async (): Promise<DockerState> => JSON.parse(await readFile(stateFile, 'utf8')) as DockerState;
  const imagesOf = ({ containers }: DockerState): string[] => containers.map(({ image }) => image);

  const given = (replicas: number): Promise<void> =>
    writeFile(
      stateFile,
      JSON.stringify({
        made: replicas,
        containers: Array.from({ length: replicas }, (_, index) => ({
          id: `c${index + 1}`.padEnd(16, '0'),
          image: 'image-of-1',
          health: 'healthy',
          status: 'running',
        })),
        tags: { 'novita-gpu-api:1': 'image-of-1' },
        calls: [],
        leastHealthy: replicas,
      }),
    );

  beforeEach(async () => {
    place = await mkdtemp(path.join(tmpdir(), 'novitai-deploy-'));
    const tls = path.join(place, 'tls');
    const programs = path.join(place, 'bin');
    await Promise.all([mkdir(tls), mkdir(programs)]);
    for (const file of ['fullchain.pem', 'privkey.pem']) await writeFile(path.join(tls, file), 'pem');
    const docker = path.join(programs, 'docker');
    await writeFile(docker, `#!/bin/sh\nexec "${process.execPath}" "${at('test/deploy/stand-in/docker.js')}" "$@"\n`);
    await chmod(docker, 0o755);
    stateFile = path.join(place, 'docker.json');
    environment = {
      PATH: `${programs}:${process.env.PATH ?? ''}`,
      STAND_IN_STATE: stateFile,
      NOVITA_API_KEY: 'sk_0123456789',
      POSTGRES_PASSWORD: '0123456789abcdef',
      TLS_DIRECTORY: tls,
      IMAGE_TAG: '2',
      BACKUP_DIR: path.join(place, 'backups'),
      DEPLOY_URL: app.url,
    };
  });
  afterEach(() => rm(place, { recursive: true, force: true }));

  it.each([
    ['NOVITA_API_KEY', '', 'NOVITA_API_KEY is not set'],
    ['NOVITA_API_KEY', 'your-key-here', 'NOVITA_API_KEY still holds a placeholder'],
    ['POSTGRES_PASSWORD', '', 'POSTGRES_PASSWORD is not set'],
    ['POSTGRES_PASSWORD', 'with/slash', 'letters and digits only'],
    ['TLS_DIRECTORY', '/nowhere', 'no readable fullchain.pem'],
  ])('with %s=%s changes nothing and says why', async (name, value, why) => {
    await given(2);
    const { code, output } = await run('deploy-prod', ['--no-backup'], { ...environment, [name]: value });
    expect([code, output]).toEqual([1, expect.stringContaining(why)]);
    expect((await state()).calls).toEqual([]);
  });

  it('replaces three replicas one by one, and never has fewer than three that are healthy', async () => {
    await given(3);
    const { code, output } = await run('deploy-prod', ['--no-backup'], environment);
    expect(output).toContain('healthy in');
    const after = await state();
    expect(imagesOf(after)).toEqual(['image-of-2', 'image-of-2', 'image-of-2']);
    expect(after.leastHealthy).toBe(3);
    expect(code).toBe(0);
  });

  it('begins with two where there is none, and goes down to what is asked for', async () => {
    await given(0);
    expect((await run('deploy-prod', [], environment)).code).toBe(0);
    expect(imagesOf(await state())).toHaveLength(2);
    await given(4);
    expect((await run('deploy-prod', ['--no-backup', '--replicas', '2'], environment)).code).toBe(0);
    expect(imagesOf(await state())).toEqual(['image-of-2', 'image-of-2']);
  });

  it('goes back when the new version is sick, and what ran before runs', async () => {
    await given(2);
    const { code, output } = await run('deploy-prod', ['--no-backup', '--wait', '2'], {
      ...environment,
      STAND_IN_SICK: 'image-of-2',
    });
    expect([code, output]).toEqual([1, expect.stringContaining('ROLLING BACK')]);
    const after = await state();
    expect(imagesOf(after)).toEqual(['image-of-1', 'image-of-1']);
    expect(after.leastHealthy).toBe(2);
  });

  it('goes back also when only the second one is sick, and the new version keeps its name', async () => {
    await given(2);
    const { code, output } = await run('deploy-prod', ['--no-backup', '--wait', '2'], {
      ...environment,
      STAND_IN_SICK: 'image-of-2',
      STAND_IN_WELL: '1',
    });
    expect([code, output]).toEqual([1, expect.stringContaining('what ran before runs')]);
    const after = await state();
    expect(imagesOf(after)).toEqual(['image-of-1', 'image-of-1']);
    expect(after.leastHealthy).toBe(2);
    expect(after.tags['novita-gpu-api:2']).toBe('image-of-2');
  });

  it('ends where an old one cannot be stopped, and says which', async () => {
    await given(2);
    const { code, output } = await run('deploy-prod', ['--no-backup'], { ...environment, STAND_IN_STUCK: 'c1' });
    expect([code, output]).toEqual([1, expect.stringContaining('c10000000000 cannot be stopped')]);
    expect(output).not.toContain('has left');
    expect(imagesOf(await state())).toEqual(['image-of-1', 'image-of-1', 'image-of-2']);
  });

  it('does not say that what ran before runs when nothing did', async () => {
    await given(0);
    const { code, output } = await run('deploy-prod', ['--wait', '2'], {
      ...environment,
      STAND_IN_SICK: 'image-of-2',
      STAND_IN_WELL: '1',
    });
    expect([code, output]).toEqual([1, expect.stringContaining('no version to go back to; 1 of the new one run')]);
  });

  it('makes a backup before it touches anything', async () => {
    await given(2);
    const { code, output } = await run('deploy-prod', [], environment);
    const made = await readdir(path.join(place, 'backups'));
    expect(made).toHaveLength(1);
    expect([code, output]).toEqual([0, expect.stringContaining(made[0] ?? '')]);
    // the same kind of set as every other
    const set = path.join(place, 'backups', made[0] ?? '');
    const verified = await run('restore', ['--verify', set], environment);
    expect([verified.code, verified.output]).toEqual([0, expect.stringContaining('of 3 instances with 2 machines')]);
    const { calls } = await state();
    const places = ['pg_dump', ' build ', '--scale'].map((word) => calls.findIndex((call) => call.includes(word)));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(-1);
  });

  it('changes nothing when no backup can be made', async () => {
    await given(2);
    const { code, output } = await run('deploy-prod', [], {
      ...environment,
      STAND_IN_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    });
    expect([code, output]).toEqual([1, expect.stringContaining('nothing was changed')]);
    expect(await readdir(path.join(place, 'backups'))).toEqual([]);
    expect((await state()).calls.filter((call) => / (build|up) /.test(call))).toEqual([]);
  });

  it('its set is restored only when no replica runs', async () => {
    await given(2);
    const backup = await run('backup', ['--compose', '--no-image'], environment);
    expect([backup.code, backup.output]).toEqual([0, expect.stringContaining('novitai-')]);
    const [set = ''] = await readdir(path.join(place, 'backups'));
    const restored = await run('restore', ['--compose', '--force', path.join(place, 'backups', set)], environment);
    expect([restored.code, restored.output]).toEqual([1, expect.stringContaining('replicas run')]);
    expect((await state()).calls.filter((call) => call.includes('pg_restore --username'))).toHaveLength(1);
  });

  describe('and backup.sh in a project of its own', () => {
    const RING = [randomBytes(32), randomBytes(32)].map((bytes) => bytes.toString('base64'));
    const SECRETS = ['canary-one', 'canary-two', 'canary-three', 'canary-four', 'canary-five', ...RING];
    let project: string;
    beforeEach(async () => {
      await given(2);
      project = path.join(place, 'project');
      await mkdir(path.join(project, 'deploy'), { recursive: true });
      await cp(at('deploy/scripts'), path.join(project, 'deploy/scripts'), { recursive: true });
      await cp(at('package.json'), path.join(project, 'package.json'));
      await writeFile(
        path.join(project, '.env'),
        [
          'NOVITA_API_KEY=canary-one',
          'export DEPLOYMENT_SECRET = "canary-two"',
          '# POSTGRES_PASSWORD=canary-three',
          'OTEL_EXPORTER_OTLP_HEADERS=authorization=canary-four',
          'OTEL_EXPORTER_OTLP_ENDPOINT=https://someone:canary-five@collector:4318',
          `ENCRYPTION_KEYS="one ${RING[0] ?? ''}`,
          `two ${RING[1] ?? ''}"`,
          'PORT=3000',
        ].join('\n'),
      );
    });
    const backup = async (...args: string[]): Promise<{ output: string; set: string }> => {
      const script = path.join(project, 'deploy/scripts/backup.sh');
      const { stdout, stderr } = await promisify(execFile)(script, ['--compose', ...args], {
        env: { HOME: process.env['HOME'], ...environment },
      });
      const names = (await readdir(path.join(place, 'backups'))).sort();
      return { output: stdout + stderr, set: path.join(place, 'backups', names.at(-1) ?? '') };
    };
    const configOf = async (set: string): Promise<string> =>
      (await promisify(execFile)('tar', ['-xzOf', path.join(set, 'config.tar.gz'), 'config/.env'])).stdout;

    it('leaves every secret out of the set, and takes them along when told to', async () => {
      const without = await configOf((await backup('--no-image')).set);
      for (const secret of SECRETS) expect(without).not.toContain(secret);
      expect(without).toContain('PORT=3000');
      expect(without).toContain('NOVITA_API_KEY=\n');
      await rm(path.join(place, 'backups'), { recursive: true });
      const withThem = await configOf((await backup('--no-image', '--with-secrets')).set);
      for (const secret of SECRETS) expect(withThem).toContain(secret);
    });

    it('keeps the image that runs, by the name that deploy-prod.sh gives it, and a log that is named', async () => {
      await writeFile(path.join(place, 'service.log'), 'a line');
      environment['IMAGE_TAG'] = '1';
      const { set, output } = await backup('--logs', path.join(place, 'service.log'));
      expect(output).toContain('image: novita-gpu-api:1');
      const image = await readFile(path.join(set, 'image.tar.gz'));
      expect(gunzipSync(image).toString()).toContain('image-of-1');
      expect(gunzipSync(await readFile(path.join(set, 'service.log.gz'))).toString()).toBe('a line');
      await rm(path.join(place, 'backups'), { recursive: true });
      environment['IMAGE_TAG'] = '7';
      expect((await backup()).output).toContain('neither novita-gpu-api:7 nor :local');
    });

    it('keeps five whole sets, and touches nothing else', async () => {
      const sets = path.join(place, 'backups');
      for (let day = 1; day <= 5; day++) {
        const old = path.join(sets, `novitai-2026010${day}T000000Z`);
        await mkdir(old, { recursive: true });
        for (const file of ['manifest.json', 'SHA256SUMS']) await writeFile(path.join(old, file), '');
      }
      // broken ones: one that would count if it did, and one that would go
      const broken = ['novitai-20260103T120000Z', 'novitai-20250101T000000Z'];
      for (const name of broken) await mkdir(path.join(sets, name));
      await mkdir(path.join(sets, 'mine'));
      const { set } = await backup('--no-image');
      const kept = [5, 4, 3, 2].map((day) => `novitai-2026010${day}T000000Z`);
      expect((await readdir(sets)).sort()).toEqual(['mine', path.basename(set), ...kept, ...broken].sort());
    });

    it('makes a set of its own when another one was begun in the same second', async () => {
      const first = await backup('--no-image');
      const second = await backup('--no-image');
      expect(second.set).not.toBe(first.set);
      expect(await readdir(path.join(place, 'backups'))).toHaveLength(2);
    });

    it('leaves nothing behind when it fails', async () => {
      const sets = path.join(place, 'backups');
      await backup('--no-image');
      const before = await readdir(sets);
      await expect(backup('--no-image', '--logs', path.join(place, 'no-such-log'))).rejects.toThrow(
        /no-such-log[^]*no backup was made/,
      );
      expect(await readdir(sets)).toEqual(before);
    });
  });
});
