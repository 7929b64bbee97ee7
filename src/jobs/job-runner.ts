/**
 * Claims jobs and runs them, at most MAX_CONCURRENT_JOBS at once in this process. Running jobs send heartbeats, so that the jobs of a
 * killed process are taken back within seconds. On shutdown nothing new is claimed, running jobs may finish within the grace period, and
 * the others are handed back. The boot fails when a kind of job has no handler, or two.
 */
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Db } from 'pg-boss';
import { JobsConfig, ServerConfig } from '../config/config.js';
import { JobFigures } from '../metrics/job-figures.js';
import type { ClaimedJob } from './claimed-job.js';
import { HANDLED_JOB } from './handles-job.decorator.js';
import { JobSettler } from './job-settler.service.js';
import { JOB_DEFINITIONS, JobStore, WAKE_CHANNEL } from './job-store.js';
import { type AnyJobDefinition, type AnyJobHandler, type FoundHandler, matchHandlers } from './match-handlers.js';
import { RunningJob } from './running-job.js';
import { waitAtMost } from '../time/within.js';

/** How late a delayed job or a retry may start. Nudges come by notification and do not wait for a poll. */
const POLL_MS = 500;
/** Two heartbeats fit into the library's limit of ten seconds, so one may be lost. A longer limit would delay takeovers. */
const HEARTBEAT_MS = 4_000;
/** The part of the grace period that is reserved for handing jobs back and for closing the rest. */
const CLOSING_SECONDS = 3;

@Injectable()
export class JobRunner implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(JobRunner.name);
  /** Running jobs. Each promise resolves when the run is settled and has really ended. */
  private readonly running = new Map<RunningJob, Promise<void>>();
  private handlers = new Map<string, FoundHandler>();
  private timers: NodeJS.Timeout[] = [];
  private listener: { close(): Promise<void> } | undefined;
  private claiming: Promise<void> | null = null;
  private claimsAsked = 0;
  /** When the process will end. Nothing is claimed once it is set. */
  private endsAtMs: number | null = null;
  private isDestroyed = false;
  /** Which kind is claimed first. It rotates, so that many jobs of one kind do not starve the others. */
  private turn = 0;
  private claimedAtMs = performance.now();

  constructor(
    @Inject(JobStore) private readonly store: JobStore,
    @Inject(JobSettler) private readonly settler: JobSettler,
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(JOB_DEFINITIONS) private readonly definitions: readonly AnyJobDefinition[],
    @Inject(JobsConfig) private readonly config: JobsConfig,
    @Inject(ServerConfig) private readonly server: ServerConfig,
    @Inject(JobFigures) private readonly figures: JobFigures,
  ) {}

  /** How many jobs run in this process now. */
  get runningCount(): number {
    return this.running.size;
  }

  /** Seconds since jobs were last claimed successfully. Grows when the database or the library is stuck. */
  get secondsSinceClaim(): number {
    return this.server.role === 'api' ? 0 : (performance.now() - this.claimedAtMs) / 1000;
  }

  /** Whether every place is taken by an aborted run that does not end, so that nothing can be claimed. */
  get isStuck(): boolean {
    return this.running.size >= this.config.maxConcurrent && [...this.running.keys()].every((run) => run.isOverdue);
  }

  onModuleInit(): void {
    this.handlers = matchHandlers(this.definitions, this.findHandlers());
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.server.role === 'api') return;
    // optional in the public types, but the library's own pool has it
    const db: Db = this.store.boss.getDb();
    this.listener = await db.listen?.(
      WAKE_CHANNEL,
      () => {
        this.claim();
      },
      () => {
        this.claim();
      },
    );
    this.timers = [
      setInterval(() => {
        this.claim();
      }, POLL_MS),
      setInterval(() => void this.beat(), HEARTBEAT_MS),
    ];
    this.claim();
  }

  /**
   * Stops claiming. Running jobs go on until the process ends.
   * @param overAtMs when the process will be gone, by `performance.now()`
   */
  stopClaiming(overAtMs: number): void {
    this.endsAtMs ??= overAtMs;
  }

  async onModuleDestroy(): Promise<void> {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.stopClaiming(performance.now() + this.server.shutdownGraceSeconds * 1000);
    const [poll, beat] = this.timers;
    clearInterval(poll);
    await this.listener?.close();
    await this.claiming;
    const leftMs = Math.max(0, (this.endsAtMs ?? 0) - performance.now() - CLOSING_SECONDS * 1000);
    await waitAtMost(leftMs, Promise.all(this.running.values()));
    clearInterval(beat);
    await Promise.all([...this.running.keys()].map((run) => this.settler.handBack(run)));
  }

  private findHandlers(): FoundHandler[] {
    return this.discovery.getProviders().flatMap((wrapper) => {
      const type = wrapper.metatype as object | null;
      if (!type || wrapper.isAlias) return [];
      const definition = Reflect.getMetadata(HANDLED_JOB, type) as AnyJobDefinition | undefined;
      if (!definition) return [];
      return [{ definition, handler: wrapper.instance as AnyJobHandler, className: String(wrapper.name) }];
    });
  }

  /** Claims jobs, or makes the current claim run once more. */
  private claim(): void {
    if (this.isStopping()) return;
    this.claimsAsked += 1;
    this.claiming ??= this.claimRounds().finally(() => {
      this.claiming = null;
    });
  }

  private async claimRounds(): Promise<void> {
    let answered: number;
    do {
      // merges the requests of jobs that were settled together
      await turnOfTheLoop();
      answered = this.claimsAsked;
      try {
        await this.claimOnce();
        this.claimedAtMs = performance.now();
      } catch (error) {
        // the next poll is the retry
        this.logger.warn(`jobs cannot be claimed: ${(error as Error).message}`);
        return;
      }
    } while (answered !== this.claimsAsked && !this.isStopping());
  }

  private async claimOnce(): Promise<void> {
    const names = [...this.handlers.keys()];
    this.turn += 1;
    for (let index = 0; index < names.length; index += 1) {
      const name = names[(index + this.turn) % names.length] ?? '';
      const free = this.config.maxConcurrent - this.running.size;
      if (free <= 0 || this.isStopping()) return;
      const claimed = await this.store.boss.fetch<object>(name, { batchSize: free });
      for (const job of claimed) this.start(job);
    }
  }

  private isStopping(): boolean {
    return this.endsAtMs !== null;
  }

  private start(job: ClaimedJob): void {
    const found = this.handlers.get(job.name);
    if (!found) return;
    const run = new RunningJob(job, found);
    this.running.set(run, this.follow(run));
  }

  private async follow(run: RunningJob): Promise<void> {
    const outcome = await run.outcome;
    if (outcome.kind !== 'lost') this.figures.record(run.job.name, run.elapsedMs, outcome.kind === 'failed');
    await this.settler.settle(run, outcome);
    // a handler that ignores its signal keeps its place until it ends
    await run.ended;
    this.running.delete(run);
    this.claim();
  }

  private async beat(): Promise<void> {
    for (const name of this.handlers.keys()) {
      const runs = [...this.running.keys()].filter((run) => run.job.name === name);
      if (runs.length === 0) continue;
      try {
        const answer = (await this.store.boss.touch(
          name,
          runs.map((run) => run.job),
        )) as { settled?: string[] };
        const alive = new Set(answer.settled ?? runs.map((run) => run.job.id));
        for (const run of runs) {
          if (!alive.has(run.job.id)) run.lose('another worker has taken over the job');
        }
      } catch (error) {
        this.logger.warn(`heartbeat of ${name}: ${(error as Error).message}`);
      }
    }
  }
}
