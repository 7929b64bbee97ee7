/**
 * The drill of the operators' page: a backup of a service that runs, everything destroyed, the backup restored. Scripts, service
 * and PostgreSQL are real processes. `TEST_DATABASE_URL` names a server that is no newer than the pg_dump on the PATH.
 */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, it, type TestContext } from 'vitest';
import type { LedgerEntry } from '../novita-simulator/ledger.js';
import { NovitaSimulator } from '../novita-simulator/novita-simulator.js';
import { ApiClient } from '../support/api-client.js';
import { destroyContents, runDeployScript } from '../support/deploy-script.js';
import { eventually } from '../support/eventually.js';
import { QUICK } from '../support/running-app.js';
import { ServiceProcess } from '../support/service-process.js';
import { createTestDatabase } from '../support/test-database.js';

const run = promisify(execFile);

const STAND_IN = fileURLToPath(new URL('../deploy/stand-in/docker.js', import.meta.url));

const BEFORE = 10;
const AFTER = 3;

interface Place {
  /** Of the service. */
  environment: Record<string, string>;
  /** What the scripts are told instead, and how they are called. */
  scripts?: { environment: Record<string, string>; flags: string[] };
  destroy(): Promise<void>;
  clear(): Promise<void>;
}

const embeddedPlace = async (directory: string): Promise<Place> => {
  const dataDir = path.join(directory, 'data');
  return Promise.resolve({
    environment: { DATA_DIR: dataDir },
    destroy: () => rm(dataDir, { recursive: true }),
    clear: () => Promise.resolve(),
  });
};

const postgresPlace = async (): Promise<Place> => {
  const database = await createTestDatabase();
  return {
    environment: { DATABASE_URL: database.url },
    destroy: () => destroyContents(database.url),
    clear: () => database.drop(),
  };
};

/** The scripts know it as the database of the compose files: they reach it by the command line of Docker alone. */
const composePlace = async (directory: string): Promise<Place> => {
  const place = await postgresPlace();
  const { DATABASE_URL: url = '' } = place.environment;
  const docker = path.join(directory, 'docker');
  const state = path.join(directory, 'docker.json');
  await writeFile(docker, `#!/bin/sh\nexec "${process.execPath}" "${STAND_IN}" "$@"\n`, { mode: 0o755 });
  await writeFile(state, JSON.stringify({ containers: [], tags: {}, calls: [], leastHealthy: 0, made: 0 }));
  return {
    ...place,
    scripts: {
      environment: {
        PATH: `${directory}:${process.env.PATH ?? ''}`,
        STAND_IN_STATE: state,
        STAND_IN_DATABASE_URL: url,
        // nobody is to be reached by it
        DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      },
      flags: ['--compose'],
    },
  };
};

/** One drill: its own simulator, place and service, so that drills wait beside each other. */
class Drill {
  service: ServiceProcess | null = null;

  private constructor(
    readonly directory: string,
    readonly novita: NovitaSimulator,
    readonly place: Place,
  ) {}

  /** Is put away when the test is over. */
  static async begin(makePlace: (directory: string) => Promise<Place>, test: TestContext): Promise<Drill> {
    const directory = await mkdtemp(path.join(tmpdir(), 'novitai-drill-'));
    // the account that PostgreSQL runs as has to get through
    await chmod(directory, 0o711);
    const drill = new Drill(directory, await NovitaSimulator.start(QUICK), await makePlace(directory));
    test.onTestFinished(() => drill.putAway());
    return drill;
  }

  private async putAway(): Promise<void> {
    await this.service?.end('SIGTERM');
    await this.place.clear();
    await this.novita.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  async start(): Promise<ApiClient> {
    this.service = await ServiceProcess.start({
      NOVITA_API_KEY: 'a-key-for-the-simulator',
      NOVITA_API_BASE_URL: this.novita.baseUrl,
      NOVITA_REQUESTS_PER_MINUTE: '6000',
      SWEEP_REPORT_ONLY_HOURS: '0',
      CREATE_SETTLE_SECONDS: '10',
      PROBE_ALLOW_ADDRESSES: '127.0.0.1',
      ...this.place.environment,
    });
    return new ApiClient(this.service.url);
  }

  shell(name: string, args: string[], instead: Record<string, string> = {}): Promise<string> {
    const { environment, flags } = this.place.scripts ?? { environment: this.place.environment, flags: [] };
    return runDeployScript(name, [...args, ...flags], { ...environment, ...instead });
  }

  machinesNow(): Pick<LedgerEntry, 'machineId' | 'removedAt'>[] {
    return this.novita.ledger().map(({ machineId, removedAt }) => ({ machineId, removedAt }));
  }

  released(): number {
    return this.novita.requests().filter(({ kind: what }) => what === 'release').length;
  }
}

const buy = async (api: ApiClient, names: string[]): Promise<void> => {
  for (const name of names) await api.create({ name });
  for (const name of names) await api.until(name, 'ready');
};

describe.concurrent.each([
  ['embedded', embeddedPlace],
  ['PostgreSQL', postgresPlace],
  ['compose', composePlace],
])('a backup of the %s database, after everything is lost', (kind, makePlace) => {
  it('brings every instance back, touches no machine, and tells what it does not know', async (test) => {
    const { expect } = test;
    const drill = await Drill.begin(makePlace, test);
    const { novita, place } = drill;
    const old = Array.from({ length: BEFORE }, (_, at) => `old-${at}`);
    const late = Array.from({ length: AFTER }, (_, at) => `late-${at}`);
    const sets = path.join(drill.directory, 'sets');

    let api = await drill.start();
    await buy(api, old);
    const ids = new Set((await api.list('?limit=100')).data.map(({ id }) => id));
    await drill.shell('backup.sh', ['--to', sets, '--no-image']);
    const [set = ''] = await readdir(sets);
    await buy(api, late);
    const lateMachines = novita
      .ledger()
      .slice(BEFORE)
      .map(({ machineId }) => machineId)
      .sort();
    expect(await drill.service?.end('SIGKILL')).toBeNull();
    const machines = drill.machinesNow();
    expect(machines).toHaveLength(BEFORE + AFTER);
    await stopEmbedded(place);
    await place.destroy();

    const said = await drill.shell('restore.sh', [path.join(sets, set)]);
    expect(said).toContain('restored and frozen');
    api = await drill.start();
    const report = await drill.shell('restore.sh', ['--report', drill.service?.url ?? '']);
    expect(report).toContain('frozen (restored-database)');
    expect(report).toContain(`${AFTER} machines with our tag are not known`);
    for (const id of lateMachines) expect(report).toContain(id);

    expect(new Set((await api.list('?limit=100')).data.map(({ id }) => id))).toEqual(ids);
    for (const name of old) await api.until(name, 'ready');
    const lists = novita.count('listInstances');
    await eventually('the list was read again', () => novita.count('listInstances') > lists + 1);
    expect(drill.machinesNow()).toEqual(machines);
    expect(drill.released()).toBe(0);

    for (const id of lateMachines) expect((await api.decide(id, 'adopt')).status).toBeLessThan(300);
    await api.request('POST', '/api/fleet/resume');
    await eventually(
      'all are ready',
      async () => (await api.list('?limit=100&status=ready')).data.length === BEFORE + AFTER,
    );
    expect(drill.machinesNow()).toEqual(machines);
    console.log(
      `FIGURE restore drill (${kind}): ${ids.size} of ${BEFORE} instances back, ${AFTER} younger machines reported and adopted, ` +
        `${drill.released()} released, ${novita.ledger().length} machines in the ledger before and after`,
    );
  });

  it('keeps the last sets that are whole, refuses a damaged one and a database that is there', async (test) => {
    const { expect } = test;
    const drill = await Drill.begin(makePlace, test);
    const { directory } = drill;
    const sets = path.join(directory, 'sets');
    await drill.start();
    for (let round = 0; round < 3; round++) {
      await drill.shell('backup.sh', ['--to', sets, '--keep', '2', '--no-image']);
      // a set is named by its second
      const made = new Date().toISOString();
      await eventually('the next second has begun', () => secondOf(new Date().toISOString()) !== secondOf(made));
    }
    const kept = (await readdir(sets)).sort();
    expect(kept).toHaveLength(2);
    const nobody = 'postgres://nobody@127.0.0.1:1/none';
    const unreachable = { DATABASE_URL: nobody, STAND_IN_DATABASE_URL: nobody };
    await expect(drill.shell('backup.sh', ['--to', sets], unreachable)).rejects.toThrow(/no backup was made/);
    expect((await readdir(sets)).sort()).toEqual(kept);

    const whole = path.join(sets, kept[1] ?? '');
    expect(await drill.shell('restore.sh', ['--verify', whole])).toContain('whole');
    await expect(drill.shell('restore.sh', [whole])).rejects.toThrow(/already; --force/);
    const config = await run('tar', ['-xzOf', path.join(whole, 'config.tar.gz'), 'config/package.json']);
    expect(config.stdout).toContain('"novitai"');
    const file = path.join(whole, 'config.tar.gz');
    await writeFile(file, (await readFile(file)).subarray(1));
    await expect(drill.shell('restore.sh', ['--verify', whole])).rejects.toThrow(/damaged: nothing was changed/);
  });
});

const secondOf = (timestamp: string): string => timestamp.slice(0, 19);

/** A killed service leaves its PostgreSQL running; whoever loses a disk loses that too. */
async function stopEmbedded({ environment: { DATA_DIR: dataDir } }: Place): Promise<void> {
  if (dataDir === undefined) return;
  const [pid = ''] = (await readFile(path.join(dataDir, 'postgres/data/postmaster.pid'), 'utf8')).split('\n');
  process.kill(Number(pid), 'SIGKILL');
  await eventually('PostgreSQL is gone', () => {
    try {
      process.kill(Number(pid), 0);
      return false;
    } catch {
      return true;
    }
  });
}
