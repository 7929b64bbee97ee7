import type { SeededRandom } from './seeded-random.js';
import type { SimulatorClock } from './simulator-clock.js';

export type JobType = 'saveImage' | 'instanceMigrate' | 'autoInstanceMigrate';
export type JobState = 'pulling' | 'running' | 'success' | 'fail' | 'break';

/** Work on a machine. Its state follows from the time, so that no timer needs to survive a restart. Times are milliseconds since 1970. */
export interface Job {
  id: string;
  type: JobType;
  machineId: string;
  createdAt: number;
  /** When the preparation (`pulling`) is over. */
  runsAt: number;
  /** Null: the end is not known yet. */
  endsAt: number | null;
  ending: 'success' | 'fail' | 'break';
  error: string;
}

export function jobState(job: Job, now: number): JobState {
  if (job.endsAt !== null && job.endsAt <= now) return job.ending;
  return now < job.runsAt ? 'pulling' : 'running';
}

/** Every job that there ever was, oldest first. */
export class JobBook {
  readonly jobs: Job[] = [];

  constructor(
    private readonly clock: SimulatorClock,
    private readonly random: SeededRandom,
  ) {}

  /** Begins a job that prepares for `prepareMs` and then runs for `runMs`, or until {@link end}. */
  open(machineId: string, type: JobType, prepareMs: number, runMs: number | null): Job {
    const now = this.clock.now();
    const job: Job = {
      id: this.random.text(16, '0123456789abcdefghijklmnopqrstuvwxyz'),
      type,
      machineId,
      createdAt: now,
      runsAt: now + prepareMs,
      endsAt: runMs === null ? null : now + prepareMs + runMs,
      ending: 'success',
      error: '',
    };
    this.jobs.push(job);
    return job;
  }

  runningOf(machineId: string): Job[] {
    const now = this.clock.now();
    return this.jobs.filter(
      (job) => job.machineId === machineId && (job.endsAt === null || job.endsAt > now) && job.createdAt <= now,
    );
  }

  end(job: Job, ending: Job['ending'], error = ''): void {
    Object.assign(job, { endsAt: this.clock.now(), ending, error });
  }

  /** A move ends when its machine runs again or has stopped. */
  endMoves(machineId: string, ending: 'success' | 'fail'): void {
    for (const job of this.runningOf(machineId)) {
      if (job.type !== 'saveImage') this.end(job, ending, ending === 'fail' ? 'the machine did not come up' : '');
    }
  }

  endAll(machineId: string): void {
    for (const job of this.runningOf(machineId)) this.end(job, 'fail', 'the instance was removed');
  }
}
