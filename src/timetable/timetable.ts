import type { BackgroundTask, Lease } from './background-task.js';
import { HeldLease } from './held-lease.js';
import type { LeaseStore } from './lease-store.js';
import { TaskLoop, type TaskLoopParts } from './task-loop.js';

export interface TimetableParts extends TaskLoopParts {
  leases: LeaseStore;
  /** The unique name of this replica, which holds its leases. */
  replica: string;
  /** Milliseconds between two checks for requested runs. */
  lookEveryMs: () => number;
}

/**
 * Runs background tasks in one replica. A duty of the deployment is done only by the replica that holds its lease. Each task waits for its
 * own last run and for no other task. A run that throws does not end its task. It uses no framework, so that the simulation can run it.
 */
export class Timetable {
  private readonly leases = new Map<string, HeldLease>();
  private readonly loops: TaskLoop[];
  private readonly cancels = new Map<object, () => void>();
  private readonly underWay = new Set<Promise<void>>();
  private isStopped = false;

  constructor(
    tasks: readonly BackgroundTask[],
    private readonly parts: TimetableParts,
  ) {
    this.loops = tasks.map((task) => {
      const lease = task.lease && this.leaseOf(task.lease);
      return new TaskLoop(task, parts.replica, () => lease === null || lease.isHeld, parts);
    });
  }

  start(): void {
    for (const loop of this.loops) if (!loop.task.lease) loop.activate();
    for (const lease of this.leases.values())
      this.repeat(
        lease,
        () => this.renew(lease),
        () => lease.renewAfterMs,
      );
    if (this.loops.length > 0) {
      this.repeat(this, () => this.lookForActivations(), this.parts.lookEveryMs);
    }
  }

  /** Waits for current runs, and releases the leases. */
  async stop(): Promise<void> {
    this.isStopped = true;
    for (const cancel of this.cancels.values()) cancel();
    await Promise.all([...this.loops.map((loop) => loop.stop()), ...this.underWay]);
    await Promise.all([...this.leases.values()].map((lease) => lease.release()));
    await this.parts.runs.forgetProcess(this.parts.replica).catch(() => undefined);
  }

  private leaseOf(lease: Lease): HeldLease {
    const { leases, replica, clock, log } = this.parts;
    const held = this.leases.get(lease.name) ?? new HeldLease(lease, leases, replica, clock, log);
    this.leases.set(lease.name, held);
    return held;
  }

  private async renew(lease: HeldLease): Promise<void> {
    await lease.renew();
    if (this.isStopped || !lease.isHeld) return;
    for (const loop of this.loops) if (loop.task.lease?.name === lease.lease.name) loop.wake();
  }

  private async lookForActivations(): Promise<void> {
    const { runs, replica, log } = this.parts;
    const held = this.loops.filter(({ task }) => task.lease && this.leases.get(task.lease.name)?.isHeld);
    try {
      const asked = await runs.takeActivations(
        replica,
        held.map(({ task }) => task.name),
      );
      for (const loop of this.loops) if (asked.includes(loop.task.name)) loop.activate();
    } catch (error) {
      // the request stays in the database, and the next check finds it
      log.warn({ err: error }, 'requests to run a background task cannot be read');
    }
  }

  /** Repeats the work, with a pause after each time. `work` must not throw. */
  private repeat(key: object, work: () => Promise<void>, pauseMs: () => number): void {
    const once = (): void => {
      const done = work().then(() => {
        this.underWay.delete(done);
        if (!this.isStopped) this.cancels.set(key, this.parts.timer.after(pauseMs(), once));
      });
      this.underWay.add(done);
    };
    once();
  }
}
