/**
 * A real PostgreSQL that syncs to the disk and can be killed with all its processes. Its postmaster is a child of this process, so that a
 * dead one is reaped and its lock file names no process.
 */
import { spawn } from 'node:child_process';
import { chown, mkdir, readdir, readlink, realpath } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { findEmbeddedPrograms, runProgram } from '../../src/database/embedded-programs.js';
import { accountForPostgres, commandAs, type OsAccount } from '../../src/database/os-account.js';
import { pollUntil } from '../../src/time/poll-until.js';
import { waitAtMost } from '../../src/time/within.js';
import { freePort } from '../support/free-port.js';
import { isLiving, killProcess, watchProcess, type LivingProcess } from './living-process.js';
import type { Workplace } from './workplace.js';

const USER = 'novitai';
const START_SECONDS = 60;
const STOP_SECONDS = 20;
const DEAD_SECONDS = 20;
const LOOK_AGAIN_MS = 50;

export class Postgres {
  private postmaster: LivingProcess | null = null;
  version = 'unknown';

  private constructor(
    private readonly program: string,
    private readonly data: string,
    private readonly account: OsAccount | null,
    private readonly port: number,
    private readonly place: Workplace,
  ) {}

  /** @param programs the folder of initdb and postgres; null: that of the embedded PostgreSQL */
  static async make(place: Workplace, programs: string | null): Promise<Postgres> {
    const { initdb, postgres } =
      programs === null
        ? await findEmbeddedPrograms()
        : { initdb: path.join(programs, 'initdb'), postgres: path.join(programs, 'postgres') };
    const folder = place.file('postgres');
    await mkdir(folder, { mode: 0o700 });
    const account = await accountForPostgres([`${place.directory}/.`, postgres]);
    if (account) await chown(folder, account.uid, account.gid);
    const data = path.join(folder, 'data');
    const { code, output } = await runProgram(
      initdb,
      [`--pgdata=${data}`, `--username=${USER}`, '--auth=trust', '--encoding=UTF8', '--locale=C'],
      account,
    );
    if (code !== 0) throw new Error(`PostgreSQL's directory could not be made: ${output}`);
    const server = new Postgres(postgres, await realpath(data), account, await freePort(), place);
    await server.start();
    server.version = await server.ask('SHOW server_version');
    const fsync = await server.ask('SHOW fsync');
    if (fsync !== 'on') throw new Error(`PostgreSQL runs with fsync ${fsync}: its kills would prove nothing`);
    return server;
  }

  get url(): string {
    return `postgres://${USER}@127.0.0.1:${this.port}/postgres`;
  }

  /** Resolves when the server accepts queries, after its recovery. */
  async start(): Promise<void> {
    const answer = await pollUntil(
      () => {
        // processes of a killed server may still hold its shared memory; then the start is refused, and tried again
        if (this.postmaster === null || !isLiving(this.postmaster)) this.postmaster = this.launch();
        return this.ask('SELECT 1').catch(() => undefined);
      },
      { everyMs: LOOK_AGAIN_MS, withinMs: START_SECONDS * 1000 },
    );
    if (answer === undefined) throw new Error(`PostgreSQL did not start within ${START_SECONDS} s`);
  }

  /** `kill -9` of the postmaster, then of every remaining process. Resolves when all are gone. */
  async kill(): Promise<void> {
    if (this.postmaster) await killProcess(this.postmaster);
    let left: readonly number[] = [];
    const areGone = async (): Promise<true | undefined> => {
      left = await this.processes();
      for (const pid of left) send(pid, 'SIGKILL');
      return left.length === 0 || undefined;
    };
    if (!(await pollUntil(areGone, { everyMs: LOOK_AGAIN_MS, withinMs: DEAD_SECONDS * 1000 }))) {
      throw new Error(`processes of PostgreSQL survive kill -9: ${left.join(', ')}`);
    }
  }

  /** Stops the server in order, or kills it when that takes too long. */
  async stop(): Promise<void> {
    const { postmaster } = this;
    if (postmaster === null) return;
    if (isLiving(postmaster)) postmaster.child.kill('SIGINT');
    await waitAtMost(STOP_SECONDS * 1000, postmaster.ended);
    await this.kill();
  }

  /** The first value of the first row, as text. */
  async ask(query: string): Promise<string> {
    const client = new pg.Client({ connectionString: this.url, connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<(string | number | null)[]>({ text: query, rowMode: 'array' });
      return String(rows[0]?.[0] ?? '');
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  private launch(): LivingProcess {
    const settings = {
      listen_addresses: '127.0.0.1',
      port: this.port,
      unix_socket_directories: '',
      max_connections: 300,
      shared_buffers: '32MB',
      log_min_messages: 'warning',
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const { command, args, ids } = commandAs(this.account, this.program, ['-D', this.data, ...flags]);
    return this.place.withLog('postgres', (log) =>
      watchProcess(
        spawn(command, args, {
          ...ids,
          cwd: path.dirname(this.program),
          env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' },
          stdio: ['ignore', log, log],
          // Ctrl-C in the terminal must not reach the server
          detached: true,
        }),
      ),
    );
  }

  /** The processes whose working directory is the data directory. Where the OS does not tell, they notice the kill by themselves. */
  private async processes(): Promise<number[]> {
    const pids = (await readdir('/proc').catch(() => [])).map(Number).filter((pid) => pid > 0);
    const homes = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => null)));
    return pids.filter((_, index) => homes[index] === this.data);
  }
}

const send = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // it ended by itself
  }
};
