import type { KnownTaskRun, TaskRun } from '../../src/timetable/background-task.js';
import type { LeaseStore } from '../../src/timetable/lease-store.js';
import type { TaskRunStore } from '../../src/timetable/task-run-store.js';
import { addSeconds, type Clock } from '../../src/time/clock.js';

interface Tables {
  leases: Map<string, { holder: string; expiresAt: Date }>;
  runs: Map<string, KnownTaskRun>;
}

/** A copy of the tables at one moment. Only the store itself looks into it. */
export type TimetableSnapshot = Tables;

const keyOf = (name: string, process: string | null): string => `${name}\n${process ?? ''}`;

const neverRan = (name: string): KnownTaskRun => ({
  name,
  process: null,
  replica: null,
  beganAt: null,
  endedAt: null,
  durationMs: null,
  status: null,
  error: null,
  failuresInRow: 0,
  succeededAt: null,
  nextRunAt: null,
  activateRequestedAt: null,
});

/** Leases and runs of background tasks in memory. It means what the stores on PostgreSQL mean: both pass the same suite. */
export class MemoryTimetable implements LeaseStore, TaskRunStore {
  private tables: Tables = { leases: new Map(), runs: new Map() };

  constructor(private readonly clock: Clock) {}

  snapshot(): TimetableSnapshot {
    return { leases: new Map(this.tables.leases), runs: new Map(this.tables.runs) };
  }

  restore({ leases, runs }: TimetableSnapshot): void {
    this.tables = { leases: new Map(leases), runs: new Map(runs) };
  }

  /** The last run of a duty of the deployment, for those who look from outside. */
  runNow(name: string): KnownTaskRun | undefined {
    return this.tables.runs.get(keyOf(name, null));
  }

  takeLease(name: string, holder: string, seconds: number): Promise<boolean> {
    const { leases } = this.tables;
    const now = this.clock.now();
    const lease = leases.get(name);
    if (lease && lease.holder !== holder && lease.expiresAt >= now) return Promise.resolve(false);
    leases.set(name, { holder, expiresAt: addSeconds(now, seconds) });
    return Promise.resolve(true);
  }

  releaseLease(name: string, holder: string): Promise<void> {
    const { leases } = this.tables;
    if (leases.get(name)?.holder === holder) leases.delete(name);
    return Promise.resolve();
  }

  record(run: TaskRun): Promise<void> {
    const key = keyOf(run.name, run.process);
    const activateRequestedAt = this.tables.runs.get(key)?.activateRequestedAt ?? null;
    this.tables.runs.set(key, { ...run, activateRequestedAt });
    return Promise.resolve();
  }

  all(): Promise<KnownTaskRun[]> {
    return Promise.resolve([...this.tables.runs].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, run]) => run));
  }

  requestActivation(name: string, isOfDeployment: boolean, at: Date): Promise<void> {
    const { runs } = this.tables;
    const key = keyOf(name, null);
    if (isOfDeployment) runs.set(key, { ...(runs.get(key) ?? neverRan(name)), activateRequestedAt: at });
    else this.change((run) => (run.name === name ? { ...run, activateRequestedAt: at } : run));
    return Promise.resolve();
  }

  takeActivations(replica: string, ofDeployment: readonly string[]): Promise<string[]> {
    const taken: string[] = [];
    this.change((run) => {
      const isMine = run.process === null ? ofDeployment.includes(run.name) : run.process === replica;
      if (!run.activateRequestedAt || !isMine) return run;
      taken.push(run.name);
      return { ...run, activateRequestedAt: null };
    });
    return Promise.resolve(taken);
  }

  forgetProcess(replica: string): Promise<void> {
    this.change((run) => (run.process === replica ? null : run));
    return Promise.resolve();
  }

  forgetProcessesBefore(before: Date): Promise<number> {
    const count = this.tables.runs.size;
    this.change((run) => (run.process !== null && run.beganAt !== null && run.beganAt < before ? null : run));
    return Promise.resolve(count - this.tables.runs.size);
  }

  private change(of: (run: KnownTaskRun) => KnownTaskRun | null): void {
    for (const [key, run] of this.tables.runs) {
      const next = of(run);
      if (next) this.tables.runs.set(key, next);
      else this.tables.runs.delete(key);
    }
  }
}
