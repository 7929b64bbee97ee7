import { hostname } from 'node:os';
import { randomBytes } from 'node:crypto';
import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { ServerConfig } from '../config/config.js';
import { DatabaseTime } from '../database/database-time.driver.js';
import { SharedRead } from '../database/shared-read.js';
import { DomainError } from '../errors/domain-error.js';
import type { Log } from '../logging/log.js';
import { LOG } from '../logging/logging.module.js';
import { CLOCK, type Clock } from '../time/clock.js';
import type { BackgroundTask, KnownTaskRun } from './background-task.js';
import { databaseClockTask } from './database-clock.task.js';
import { LEASE_STORE, TASK_RUN_STORE } from './stores.js';
import type { LeaseStore } from './lease-store.js';
import type { TaskRunStore } from './task-run-store.js';
import { systemTimer } from './timer.js';
import { Timetable } from './timetable.js';
import { TaskFigures } from './timetable.metrics.js';
import { isOverdue, troubleOf, type TaskTrouble } from './trouble.js';

/** How long a requested run waits at most until a replica sees the request. */
const LOOK_EVERY_MS = 2_000;
/** A process stores the status of its duties every few seconds. An older status belongs to a process that is gone. */
const PROCESS_IS_GONE_MS = 600_000;
const FORGET_PROCESS_MS = 3_600_000;
const FRESH_MS = 1_000;

export interface TaskReport {
  task: BackgroundTask;
  /** For a duty of the deployment its last run, if any; otherwise one run of each replica. */
  runs: (KnownTaskRun & { overdue: boolean })[];
  overdue: boolean;
  trouble: TaskTrouble | null;
  activateRequestedAt: Date | null;
}

/** All background tasks of the service. Rooms add theirs while the service starts; they run until it ends. */
@Injectable()
export class BackgroundTasks implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  /** The name of this replica: its host for people, and a random part that makes it unique. */
  readonly replica = `${hostname()}/${randomBytes(4).toString('hex')}`;
  private readonly tasks = new Map<string, BackgroundTask>();
  private readonly startedAt: Date;
  private readonly recentReports: SharedRead<TaskReport[]>;
  private timetable: Timetable | null = null;

  constructor(
    @Inject(LEASE_STORE) private readonly leases: LeaseStore,
    @Inject(TASK_RUN_STORE) private readonly runs: TaskRunStore,
    private readonly time: DatabaseTime,
    private readonly figures: TaskFigures,
    private readonly server: ServerConfig,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.startedAt = clock.now();
    this.recentReports = new SharedRead(
      () => this.reports(),
      FRESH_MS,
      () => clock.monotonicMs(),
    );
    figures.setTroubles((timeoutMs) => this.recent(timeoutMs));
  }

  /** Call it before the service has started: in a constructor or in `onModuleInit`. */
  add(...tasks: BackgroundTask[]): void {
    for (const task of tasks) {
      if (this.timetable || this.tasks.has(task.name))
        throw new Error(`background task ${task.name} was added too late or twice`);
      this.tasks.set(task.name, task);
    }
  }

  onModuleInit(): void {
    this.add(databaseClockTask(this.time));
  }

  onApplicationBootstrap(): void {
    const all = [...this.tasks.values()];
    // a replica with role `api` does no duties of the deployment
    const mine = this.server.role === 'api' ? all.filter(({ lease }) => lease === null) : all;
    this.timetable = new Timetable(mine, {
      leases: this.leases,
      runs: this.runs,
      clock: this.clock,
      timer: systemTimer,
      replica: this.replica,
      lookEveryMs: () => LOOK_EVERY_MS,
      reference: () => randomBytes(5).toString('hex'),
      log: this.log,
      onRun: (name, hasFailed) => {
        this.figures.ran(name, hasFailed);
      },
    });
    this.timetable.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.timetable?.stop();
  }

  /** A report of every task, sorted by name. */
  async reports(): Promise<TaskReport[]> {
    const known = await this.runs.all();
    return [...this.tasks.values()]
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .map((task) => this.report(task, known));
  }

  /** Reports that are at most a second old. Rejects when reading takes longer than `timeoutMs`. */
  recent(timeoutMs: number): Promise<TaskReport[]> {
    return this.recentReports.within(timeoutMs);
  }

  /** @throws DomainError BACKGROUND_TASK_NOT_FOUND */
  async find(name: string): Promise<TaskReport> {
    return this.report(this.get(name), await this.runs.all());
  }

  /** Requests a run by each replica that runs the task. @throws DomainError BACKGROUND_TASK_NOT_FOUND */
  async activate(name: string): Promise<TaskReport> {
    const { lease } = this.get(name);
    await this.runs.requestActivation(name, lease !== null, this.clock.now());
    return this.find(name);
  }

  /** Deletes the status of processes that have been gone for an hour. Returns the number of deleted rows. */
  forgetGoneProcesses(): Promise<number> {
    return this.runs.forgetProcessesBefore(new Date(this.clock.now().getTime() - FORGET_PROCESS_MS));
  }

  private get(name: string): BackgroundTask {
    const task = this.tasks.get(name);
    if (!task) throw new DomainError('BACKGROUND_TASK_NOT_FOUND', `There is no background task ${name}.`);
    return task;
  }

  private report(task: BackgroundTask, known: KnownTaskRun[]): TaskReport {
    const now = this.clock.now();
    const isOfDeployment = task.lease !== null;
    const runs = known
      .filter(({ name, process }) => name === task.name && (process === null) === isOfDeployment)
      .filter(({ beganAt }) => isOfDeployment || now.getTime() - (beganAt?.getTime() ?? 0) < PROCESS_IS_GONE_MS)
      .map((run) => ({ ...run, overdue: isOverdue(task, run.beganAt, this.startedAt, now) }));
    // each process judges only its own duties: another one that reports nothing is most likely dead
    const judged = runs.filter(({ process }) => process === null || process === this.replica);
    const troubles = (judged.length > 0 ? judged : [null]).map((run) => troubleOf(task, run, this.startedAt, now));
    return {
      task,
      runs,
      overdue: troubles.includes('overdue'),
      trouble: troubles.find((trouble) => trouble !== null) ?? null,
      activateRequestedAt: runs.find(({ activateRequestedAt }) => activateRequestedAt)?.activateRequestedAt ?? null,
    };
  }
}
