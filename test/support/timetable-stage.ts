import type { BackgroundTask, KnownTaskRun, StatusValue } from '../../src/timetable/background-task.js';
import { Timetable } from '../../src/timetable/timetable.js';
import { MemoryTimetable } from '../simulation/memory-timetable.js';
import { SeededRandom } from '../simulation/seeded-random.js';
import { VirtualTime } from '../simulation/virtual-time.js';

export const PERIOD_MS = 1_000;
export const LEASE = { name: 'duties', seconds: () => 8 };

/** A world of its own time, in which replicas share one database. */
export class Stage {
  readonly time = new VirtualTime(new SeededRandom(1));
  readonly clock = { now: () => new Date(this.time.now), monotonicMs: () => this.time.now };
  readonly database = new MemoryTimetable(this.clock);
  readonly log: string[] = [];
  isDatabaseAway = false;

  timetable(replica: string, ...tasks: BackgroundTask[]): Timetable {
    const work = this.database;
    const database = new Proxy(work, {
      get: (target, name: keyof MemoryTimetable) =>
        this.isDatabaseAway
          ? () => Promise.reject(new Error('the database is away'))
          : (target[name] as (...args: unknown[]) => unknown).bind(target),
    });
    return new Timetable(tasks, {
      leases: database,
      runs: database,
      clock: this.clock,
      timer: this.time,
      replica,
      lookEveryMs: () => 2_000,
      reference: () => 'ref-1',
      log: {
        info: () => undefined,
        warn: (_, message) => this.log.push(message),
        error: () => undefined,
      },
      onRun: (name, hasFailed) => this.log.push(`${name} ${hasFailed ? 'failed' : 'succeeded'}`),
    });
  }

  async pass(ms: number): Promise<void> {
    // what the test itself has just set off comes to its rest first
    this.time.after(0, () => undefined);
    await this.time.runUntil(this.time.now + ms, () => undefined);
  }

  async known(name: string): Promise<KnownTaskRun | undefined> {
    return (await this.database.all()).find((run) => run.name === name);
  }
}

export const aTask = (run: () => Promise<StatusValue>, changes: Partial<BackgroundTask> = {}): BackgroundTask => ({
  name: 'duty',
  description: 'Does its duty.',
  lease: null,
  periodMs: () => PERIOD_MS,
  longestPeriodMs: PERIOD_MS,
  run,
  ...changes,
});

export const counted = (changes: Partial<BackgroundTask> = {}) => {
  const runs: string[] = [];
  const by = (replica: string): BackgroundTask =>
    aTask(() => {
      runs.push(replica);
      return Promise.resolve({ runs: runs.length });
    }, changes);
  return { runs, by };
};
