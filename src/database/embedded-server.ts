/**
 * A private PostgreSQL for a service without DATABASE_URL. There is at most one server for each directory. A server that outlived its
 * service (kill -9) is found and used. Several services with one directory share one server, and the last one stops it. The server
 * listens on 127.0.0.1 only, with a password, and syncs to the disk. A directory that is damaged, foreign, or made by another major
 * version is refused.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { pollUntil } from '../time/poll-until.js';
import { EMBEDDED_USER, type EmbeddedDirectory, openEmbeddedDirectory } from './embedded-directory.js';
import { failedStart, freePort, keepLogSmall, serverArguments } from './embedded-launch.js';
import { type EmbeddedPrograms, findEmbeddedPrograms, runProgram } from './embedded-programs.js';
import { APPLICATION_NAME } from './pool.js';
import { isAlive, isServing, readPostmasterFile, removeForeignLock } from './postmaster-file.js';
import { sessionUrl } from './session-url.js';
import { StartupRefusedError } from './startup-refused.error.js';

export interface EmbeddedServerOptions {
  /** All files of the server are in `<dataDir>/postgres`. */
  dataDir: string;
  maxConnections?: number;
  /** More server settings, such as `{ fsync: 'off' }` for tests. Values without spaces or quotes. */
  settings?: Record<string, string>;
  /** Programs to use instead of those that npm installed, for tests. */
  programs?: EmbeddedPrograms;
}

const DATABASE_NAME = 'novitai';
/** Recovery after a power loss may replay a gigabyte of log. A shorter wait would report a healthy server as broken. */
const START_SECONDS = 120;
const STOP_SECONDS = 30;
const LOOK_AGAIN_MS = 100;
const LAUNCH_ATTEMPTS = 3;
const LAUNCH_AGAIN_MS = 500;

export class EmbeddedServer {
  private constructor(
    private readonly programs: EmbeddedPrograms,
    private readonly directory: EmbeddedDirectory,
    private readonly options: EmbeddedServerOptions,
  ) {}

  private port = 0;
  private postmasterPid: number | null = null;
  private wasRunning = false;

  /** Whether the server was running already. */
  get adopted(): boolean {
    return this.wasRunning;
  }

  /** Finds the server that runs on the directory, or starts one. @throws StartupRefusedError when neither works */
  static async start(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
    const programs = options.programs ?? (await findEmbeddedPrograms());
    const directory = await openEmbeddedDirectory(options.dataDir, programs);
    const server = new EmbeddedServer(programs, directory, options);
    await server.findOrLaunch();
    await server.ensureDatabase();
    return server;
  }

  get url(): string {
    return this.urlOf(DATABASE_NAME, this.port);
  }

  /** The server's process id, or null when it is not running. */
  async pid(): Promise<number | null> {
    const postmaster = await readPostmasterFile(this.directory.data);
    return postmaster && (await isServing(postmaster.pid, this.directory.data)) ? postmaster.pid : null;
  }

  /** Starts the server again on the same port if it is gone, for example killed. */
  async revive(): Promise<boolean> {
    if ((await this.pid()) !== null) return false;
    await this.findOrLaunch();
    return true;
  }

  /**
   * Stops the server, even one that another service started, unless another service is still connected. That service stops it when it
   * ends. End your own pool first.
   */
  async stop(): Promise<'stopped' | 'left to others'> {
    if (await this.isUsedByOthers()) return 'left to others';
    const pid = await this.pid();
    await this.control('stop', '-m', 'fast', '-w', '-t', String(STOP_SECONDS));
    // pg_ctl waits for the lock file only, which the server removes a moment before it ends
    if (pid !== null) await this.waitForEnd(pid);
    return 'stopped';
  }

  /**
   * Stops the server synchronously and without waiting, for a process that ends now. Does not stop a server that another service started
   * and may still use.
   */
  stopAtExit(): void {
    if (this.adopted || this.postmasterPid === null || !isAlive(this.postmasterPid)) return;
    process.kill(this.postmasterPid, 'SIGINT');
  }

  private async waitForEnd(pid: number): Promise<void> {
    const hasEnded = async () => ((await isServing(pid, this.directory.data)) ? undefined : true);
    await pollUntil(hasEnded, { everyMs: LOOK_AGAIN_MS, withinMs: STOP_SECONDS * 1000 });
  }

  private async findOrLaunch(): Promise<void> {
    const running = await this.findRunning();
    this.wasRunning = running !== null;
    this.port = running ?? (await this.launch());
    this.postmasterPid = await this.pid();
  }

  private urlOf(database: string, port: number): string {
    return `postgres://${EMBEDDED_USER}:${this.directory.password}@127.0.0.1:${port}/${database}`;
  }

  /** Uses relative names: pg_ctl passes them to a shell, which would expand `$` and `"` in DATA_DIR. */
  private control(...args: string[]) {
    const { data, account } = this.directory;
    return runProgram(this.programs.pg_ctl, [...args, '-D', path.basename(data)], account, path.dirname(data));
  }

  private async ask<Row extends pg.QueryResultRow>(port: number, query: string): Promise<Row[]> {
    const client = new pg.Client({
      connectionString: sessionUrl(this.urlOf('postgres', port)),
      connectionTimeoutMillis: 5_000,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query<Row>(query)).rows;
    } finally {
      // the client never connected
      await client.end().catch(() => undefined);
    }
  }

  /** The port of the server that runs on this directory. Waits while a server starts or stops. */
  private async findRunning(): Promise<number | null> {
    const found = await pollUntil(() => this.lookForRunning(), {
      everyMs: LOOK_AGAIN_MS,
      withinMs: START_SECONDS * 1000,
    });
    if (found !== undefined) return found;
    throw new StartupRefusedError(
      `A PostgreSQL server uses ${this.directory.data} but did not accept a connection within ${START_SECONDS} s. ` +
        `See ${this.directory.log}. If it hangs, stop it by the process id in postmaster.pid and start again.`,
    );
  }

  /** Undefined while a server is there that does not let us in. */
  private async lookForRunning(): Promise<number | null | undefined> {
    const postmaster = await readPostmasterFile(this.directory.data);
    if (!postmaster) return null;
    if (!(await isServing(postmaster.pid, this.directory.data))) {
      await removeForeignLock(postmaster, this.directory.data);
      return null;
    }
    return postmaster.port !== null && (await this.isOurs(postmaster.port)) ? postmaster.port : undefined;
  }

  private async isOurs(port: number): Promise<boolean> {
    try {
      const rows = await this.ask<{ data_directory: string }>(port, 'SHOW data_directory');
      return rows[0]?.data_directory === this.directory.data;
    } catch {
      return false;
    }
  }

  /** Starts the server, with retries: the port may have been taken meanwhile, or processes of a killed server may still be ending. */
  private async launch(attempts = LAUNCH_ATTEMPTS): Promise<number> {
    try {
      return await this.launchOnce();
    } catch (error) {
      if (attempts <= 1) throw error;
      await sleep(LAUNCH_AGAIN_MS);
      return (await this.findRunning()) ?? this.launch(attempts - 1);
    }
  }

  private async launchOnce(): Promise<number> {
    await keepLogSmall(this.directory.log);
    const lastPort = Number(await readFile(this.directory.portFile, 'utf8').catch(() => '0')) || 0;
    const port = await freePort(lastPort);
    const started = await this.control(
      ...['start', '-w', '-t', String(START_SECONDS), '-l', path.basename(this.directory.log)],
      ...['-o', serverArguments(this.options, port)],
    );
    // another service may have started its server at the same time: use that one
    const running = await this.findRunning();
    if (running === null) throw await failedStart(this.directory, started.output);
    await writeFile(this.directory.portFile, String(running));
    return running;
  }

  private async ensureDatabase(): Promise<void> {
    const found = await this.ask(this.port, `SELECT 1 FROM pg_database WHERE datname = '${DATABASE_NAME}'`);
    if (found.length > 0) return;
    await this.ask(this.port, `CREATE DATABASE ${DATABASE_NAME}`).catch((error: unknown) => {
      // another service made the database at the same time: duplicate_database, or its unique violation
      if (!['42P04', '23505'].includes((error as pg.DatabaseError).code ?? '')) throw error;
    });
  }

  /** Counts more than once, since our own sessions disappear only some time after their pool ended. */
  private async isUsedByOthers(): Promise<boolean> {
    for (let look = 0; look < 10; look += 1) {
      try {
        const rows = await this.ask(
          this.port,
          `SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name = '${APPLICATION_NAME}'`,
        );
        if (rows.length === 0) return false;
      } catch {
        // the server does not answer, so it serves no other service
        return false;
      }
      await sleep(LOOK_AGAIN_MS);
    }
    return true;
  }
}
