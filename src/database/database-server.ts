import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type pg from 'pg';
import { DatabaseConfig } from '../config/config.js';
import { EmbeddedServer } from './embedded-server.js';
import { migrate } from './migrator.js';
import { createPool } from './pool.js';
import { StartupRefusedError } from './startup-refused.error.js';

/** How often the embedded server is checked. When it has died, callers see errors for about this long. */
const WATCH_MS = 1_000;
/** Connections besides the pool: the job library's, listeners, a migrator and an operator's psql. */
const SPARE_CONNECTIONS = 20;

/**
 * The database of this process: its URL, its pool, and the embedded server if there is one. It is migrated when `open` resolves, and
 * closed after everything else, in `onApplicationShutdown`.
 */
@Injectable()
export class DatabaseServer implements OnApplicationShutdown {
  private readonly logger = new Logger(DatabaseServer.name);
  private embedded: EmbeddedServer | null = null;
  private watch: NodeJS.Timeout | undefined;
  private openPool: pg.Pool | null = null;
  private openUrl: string | null = null;
  private closed = false;

  constructor(@Inject(DatabaseConfig) private readonly config: DatabaseConfig) {}

  /** A secret: the URL contains the password. */
  get url(): string {
    if (this.openUrl === null) throw new Error('the database is not open');
    return this.openUrl;
  }

  get pool(): pg.Pool {
    if (this.openPool === null) throw new Error('the database is not open');
    return this.openPool;
  }

  /** @throws StartupRefusedError when the operator has to do something first */
  async open(): Promise<this> {
    this.openUrl = this.config.url?.reveal() ?? (await this.startEmbedded());
    const applied = await this.migrate(this.openUrl);
    if (applied.length > 0) this.logger.log(`applied ${applied.length} migrations, up to ${applied.at(-1) ?? ''}`);
    this.openPool = createPool({
      url: this.openUrl,
      maxConnections: this.config.maxConnections,
      onIdleError: (error) => {
        this.logger.warn(`an idle database connection broke: ${error.message}`);
      },
    });
    return this;
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.watch);
    process.off('exit', this.stopAtExit);
    await this.openPool?.end();
    const outcome = await this.embedded?.stop();
    if (outcome) this.logger.log(`embedded PostgreSQL: ${outcome}`);
  }

  private async migrate(url: string): Promise<string[]> {
    try {
      return await migrate(url);
    } catch (cause) {
      if (cause instanceof StartupRefusedError || (cause as Error).message.startsWith('migration ')) throw cause;
      const { host } = new URL(url);
      throw new StartupRefusedError(`The database at ${host} cannot be used: ${(cause as Error).message}`, { cause });
    }
  }

  private async startEmbedded(): Promise<string> {
    const server = await EmbeddedServer.start({
      dataDir: this.config.dataDir,
      maxConnections: Math.max(40, this.config.maxConnections + SPARE_CONNECTIONS),
    });
    this.embedded = server;
    this.logger.log(`embedded PostgreSQL in ${this.config.dataDir}: ${server.adopted ? 'found running' : 'started'}`);
    process.once('exit', this.stopAtExit);
    this.watchOver(server);
    return server.url;
  }

  private watchOver(server: EmbeddedServer): void {
    let looking = false;
    const look = async () => {
      if (looking || this.closed) return;
      looking = true;
      try {
        if (await server.revive()) this.logger.warn('the embedded PostgreSQL was gone and was started again');
      } catch (error) {
        this.logger.error(`the embedded PostgreSQL cannot be started again: ${(error as Error).message}`);
      } finally {
        looking = false;
      }
    };
    this.watch = setInterval(() => void look(), WATCH_MS).unref();
  }

  /** Stops the server when a process ends without closing, such as after a refused start. */
  private readonly stopAtExit = (): void => {
    this.embedded?.stopAtExit();
  };
}
