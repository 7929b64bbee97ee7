import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { type Clock, PgBoss, type UpdateQueueOptions } from 'pg-boss';
import { ServerConfig } from '../config/config.js';
import { DatabaseServer } from '../database/database-server.js';
import { ANSWER_WITHIN_MS, APPLICATION_NAME } from '../database/pool.js';
import { sessionUrl } from '../database/session-url.js';
import type { QueueDepth } from '../metrics/job-figures.js';
import type { AnyJobDefinition } from './match-handlers.js';

/** DI token for the list of all job definitions. */
export const JOB_DEFINITIONS = Symbol('JOB_DEFINITIONS');

/** The channel on which an enqueue wakes the workers. A lost notification costs one poll. */
export const WAKE_CHANNEL = 'novitai_jobs';

/** The library's minimum. The job of a killed worker is taken back this long after its last heartbeat, plus a supervision interval. */
const HEARTBEAT_SECONDS = 10;
const SUPERVISE_SECONDS = 2;
/** The library passes these options to the driver, and drops a failed connection. Migrating its own schema may take a while. */
const BOUNDED = { query_timeout: 2 * ANSWER_WITHIN_MS, keepAlive: true };
/** Claims, settlements and heartbeats are short and few; more connections would not make them faster. */
const CONNECTIONS = 3;
/** How long dead jobs are kept for an operator. Finished jobs are removed earlier: see `keepFinishedSeconds`. */
const KEEP_DEAD_SECONDS = 30 * 86_400;
/** Waiting jobs should be kept for ever, but the library needs a number. */
const KEEP_WAITING_SECONDS = 365 * 86_400;
/** The worker aborts a job at its timeout. The library takes it back a little later, in case the worker hangs. */
const EXPIRY_SLACK_SECONDS = 5;

const queueOptions = (definition: AnyJobDefinition) =>
  ({
    retryLimit: definition.retries,
    retryDelay: definition.retryDelaySeconds,
    retryBackoff: true,
    retryDelayMax: definition.retryDelayMaxSeconds,
    expireInSeconds: definition.timeoutSeconds + EXPIRY_SLACK_SECONDS,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    retentionSeconds: KEEP_WAITING_SECONDS,
    deleteAfterSeconds: KEEP_DEAD_SECONDS,
  }) satisfies UpdateQueueOptions;

/** A clock that is never set back: the library measures its waits with it, and would wait longer. */
const MONOTONIC_CLOCK: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => {
    clearTimeout(timer as NodeJS.Timeout);
  },
  setInterval: (run, ms) => setInterval(run, ms),
  clearInterval: (timer) => {
    clearInterval(timer as NodeJS.Timeout);
  },
};

/** Starts the job library, migrates its schema, and makes a queue for each definition. */
@Injectable()
export class JobStore implements OnApplicationShutdown {
  readonly boss: PgBoss;
  private readonly logger = new Logger(JobStore.name);
  private opened = false;

  constructor(
    @Inject(DatabaseServer) database: DatabaseServer,
    @Inject(ServerConfig) server: ServerConfig,
    @Inject(JOB_DEFINITIONS) private readonly definitions: readonly AnyJobDefinition[],
  ) {
    this.boss = new PgBoss({
      connectionString: sessionUrl(database.url),
      application_name: APPLICATION_NAME,
      max: CONNECTIONS,
      connectionTimeoutMillis: 5_000,
      ...BOUNDED,
      // replicas that run jobs take back those of dead workers
      supervise: server.role !== 'api',
      superviseIntervalSeconds: SUPERVISE_SECONDS,
      monitorIntervalSeconds: SUPERVISE_SECONDS,
      schedule: false,
      // the library would trace every poll; job.spans makes the useful spans
      openTelemetry: { enabled: false },
      registerInstance: false,
      clock: MONOTONIC_CLOCK,
    });
    this.boss.on('error', (error) => {
      this.logger.warn(`job store: ${error.message}`);
    });
    this.boss.on('warning', (warning) => {
      this.logger.debug(`job store: ${warning.message}`);
    });
  }

  /** Safe to call in several replicas at once: the library migrates its schema under an advisory lock. */
  async open(): Promise<this> {
    await this.boss.start();
    this.opened = true;
    for (const definition of this.definitions) {
      // `stately`: for each key at most one job waits, one waits for its retry, and one runs
      const policy = definition.key ? 'stately' : 'standard';
      await this.boss.createQueue(definition.name, { policy, ...queueOptions(definition) });
      // a newer version may have other retry settings
      await this.boss.updateQueue(definition.name, queueOptions(definition));
    }
    return this;
  }

  /** Counts by kind of job, for all replicas. The library refreshes them every few seconds. */
  async depth(): Promise<Map<string, QueueDepth>> {
    const queues = await this.boss.getQueues(this.definitions.map(({ name }) => name));
    return new Map(
      queues.map(({ name, readyCount, deferredCount, activeCount, failedCount }) => [
        name,
        { waiting: readyCount, scheduled: deferredCount, running: activeCount, dead: failedCount },
      ]),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    if (!this.opened) return;
    this.opened = false;
    await this.boss.stop({ graceful: false });
  }
}
