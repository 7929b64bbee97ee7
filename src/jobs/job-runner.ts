/**
 * Claims jobs and runs them. Promises: never more than MAX_CONCURRENT_JOBS at once in this process, over all kinds; a
 * job that is running is shown to be alive, so that a killed process's jobs are taken back within seconds and a living
 * one's are not; on shutdown nothing new is claimed, what runs may finish within the grace, and the rest is handed back.
 * Refuses to boot when a kind of job has no handler, or two.
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
import { setImmediate as turnOfTheLoop, setTimeout as sleep } from 'node:timers/promises';
import type { Db } from 'pg-boss';
import { JobsConfig, ServerConfig } from '../config/config.js';
import { JobFigures } from '../metrics/job-figures.js';
import type { ClaimedJob } from './claimed-job.js';
import { HANDLED_JOB } from './handles-job.decorator.js';
import { JobHistory } from './job-history.repository.js';
import { JOB_DEFINITIONS, JobStore, WAKE_CHANNEL } from './job-store.js';
import { type AnyJobDefinition, type AnyJobHandler, type FoundHandler, matchHandlers } from './match-handlers.js';
import { RunningJob, type RunOutcome } from './running-job.js';
import { Together } from '../database/together.js';

/** How late a delayed job or a retry may start; a nudge comes by notification and does not wait for it. */
const POLL_MS = 500;
/** Two beats fit into the library's patience of ten seconds, so one may be lost; more would only delay a takeover. */
const HEARTBEAT_MS = 4_000;
/** The jobs of a fleet end in waves: who waits so long tells of a wave at once, and asks for the next jobs once. */
const GATHER_MS = 20;
/** Kept from the grace for handing back, and for the parts that close after the jobs. */
const CLOSING_SECONDS = 3;
const MAX_ERROR_LENGTH = 500;

@Injectable()
export class JobRunner implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(JobRunner.name);
  /** What runs, each with the promise that it is settled and has really ended. */
  private readonly running = new Map<RunningJob, Promise<void>>();
  private handlers = new Map<string, FoundHandler>();
  private timers: NodeJS.Timeout[] = [];
  private listener: { close(): Promise<void> } | undefined;
  private claiming: Promise<void> | null = null;
  private claimsAsked = 0;
  /** Nothing is claimed once this is known. */
  private overAtMs: number | null = null;
  private isDestroyed = false;
  /** Which kind is asked first; moves on, so that a flood of one kind starves no other. */
  private turn = 0;
  private claimedAtMs = performance.now();
  /** Jobs that are done, by kind: those that end while others are being told to the library are told together. */
  private readonly done = new Map<string, Together<ClaimedJob>>();

  constructor(
    @Inject(JobStore) private readonly store: JobStore,
    @Inject(JobHistory) private readonly history: JobHistory,
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

  /** Seconds since the queue was last asked for work with success. Grows when the database or the library is stuck. */
  get secondsSinceClaim(): number {
    return this.server.role === 'api' ? 0 : (performance.now() - this.claimedAtMs) / 1000;
  }

  /** Whether every place is held by a run that was given up and does not end: then nothing is claimed any more. */
  get isStuck(): boolean {
    return this.running.size >= this.config.maxConcurrent && [...this.running.keys()].every((run) => run.isOverdue);
  }

  onModuleInit(): void {
    this.handlers = matchHandlers(this.definitions, this.findHandlers());
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.server.role === 'api') return;
    // public types call `listen` optional; the library's own pool has it
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
   * Claims nothing from now on: what runs may go on while others see that this process leaves.
   * @param overAtMs when the process will be gone, by `performance.now()`
   */
  leave(overAtMs: number): void {
    this.overAtMs ??= overAtMs;
  }

  async onModuleDestroy(): Promise<void> {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.leave(performance.now() + this.server.shutdownGraceSeconds * 1000);
    const [poll, beat] = this.timers;
    clearInterval(poll);
    await this.listener?.close();
    await this.claiming;
    await this.finishWithin(Math.max(0, (this.overAtMs ?? 0) - performance.now() - CLOSING_SECONDS * 1000));
    clearInterval(beat);
    await Promise.all([...this.running.keys()].map((run) => this.handBack(run)));
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

  /** Starts a round of claiming, or has the round that is going on look once more. */
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
      // jobs that are settled together ask one after the other
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
    return this.overAtMs !== null;
  }

  private start(job: ClaimedJob): void {
    const found = this.handlers.get(job.name);
    if (!found) return;
    const run = new RunningJob(job, found);
    this.running.set(run, this.follow(run));
  }

  private async follow(run: RunningJob): Promise<void> {
    const outcome = await run.outcome;
    if (outcome.kind !== 'lost') this.figures.take(run.job.name, run.elapsedMs, outcome.kind === 'failed');
    await this.settle(run, outcome);
    // a handler that does not heed its signal keeps its place until it really ends
    await run.ended;
    this.running.delete(run);
    this.claim();
  }

  private async settle({ job, found }: RunningJob, outcome: RunOutcome): Promise<void> {
    if (outcome.kind === 'lost') return;
    try {
      if (outcome.kind === 'done') await this.doneOf(job.name).add(job);
      else await this.fail(job, found, outcome.error);
    } catch (error) {
      // its heartbeat stops, so it is taken back and run again: at least once is the promise
      this.logger.warn(`job ${job.name} ${job.id} ended but could not be settled: ${(error as Error).message}`);
    }
  }

  private doneOf(name: string): Together<ClaimedJob> {
    let done = this.done.get(name);
    if (!done) {
      done = new Together(async (jobs) => {
        await this.store.boss.complete(name, jobs);
      }, GATHER_MS);
      this.done.set(name, done);
    }
    return done;
  }

  private async fail(job: ClaimedJob, { definition }: FoundHandler, error: Error): Promise<void> {
    const message = error.message.slice(0, MAX_ERROR_LENGTH);
    this.logger.warn(`job ${job.name} ${job.id} failed on run ${job.retryCount + 1}: ${message}`);
    const key = definition.key?.(job.data as never);
    if (key !== undefined && (await this.history.isAnotherWaiting(job.name, key))) {
      // the one that waits is the retry; a second one would break "at most one waits"
      await this.store.boss.complete(job.name, job, { supersededAfter: message });
      return;
    }
    await this.store.boss.fail(job.name, job, { message });
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
          if (!alive.has(run.job.id)) run.lose('the job is no longer ours');
        }
      } catch (error) {
        this.logger.warn(`heartbeat of ${name}: ${(error as Error).message}`);
      }
    }
  }

  private async finishWithin(milliseconds: number): Promise<void> {
    const all = Promise.all(this.running.values());
    const patience = new AbortController();
    await Promise.race([all, sleep(milliseconds, undefined, { signal: patience.signal }).catch(() => undefined)]);
    patience.abort();
  }

  private async handBack(run: RunningJob): Promise<void> {
    run.lose('the process is leaving');
    try {
      await this.store.boss.fail(run.job.name, run.job, {
        message: 'handed back: the process that ran it was stopped',
      });
    } catch (error) {
      this.logger.warn(`job ${run.job.id} could not be handed back: ${(error as Error).message}`);
    }
  }
}
