import type { Replica } from './replica.js';
import type { SimWorld } from './sim-world.js';

/** A worker that sends no heartbeat for so long loses its job. */
const HEARTBEAT_LOST_MS = 11_500;
const RETRIES = 5;

interface Job {
  isQueued: boolean;
  /** The replica that works on it: a new object for each activation. */
  active: { replica: Replica } | null;
  tries: number;
}

/** The job queue as the reconciler needs it. Of an instance at most one job waits and one runs. Each runs at least once. */
export class SimJobs {
  private readonly jobs = new Map<string, Job>();

  constructor(private readonly world: SimWorld) {}

  enqueue(instanceId: string): void {
    const job = this.jobs.get(instanceId) ?? { isQueued: false, active: null, tries: 0 };
    this.jobs.set(instanceId, job);
    if (job.isQueued) return;
    job.isQueued = true;
    this.world.time.after(this.world.random.between(2, 80), () => this.dispatch(instanceId, job));
  }

  /** A replica has fallen silent. If it stays silent for some time, its jobs are given to others. */
  lost(replica: Replica): void {
    this.world.time.after(HEARTBEAT_LOST_MS, () => {
      if (replica.isUp) return;
      for (const [instanceId, job] of this.jobs) {
        if (job.active?.replica !== replica) continue;
        this.world.count('job redelivered');
        job.active = null;
        job.isQueued = true;
        this.dispatch(instanceId, job);
      }
    });
  }

  private dispatch(instanceId: string, job: Job): void {
    if (!job.isQueued || job.active) return;
    const replica = this.world.someReplica();
    if (!replica) {
      this.world.time.after(700, () => this.dispatch(instanceId, job));
      return;
    }
    job.isQueued = false;
    const active = { replica };
    job.active = active;
    if (this.world.weather.strikes('job-twice')) {
      this.world.count('job delivered twice');
      this.world
        .someReplica()
        ?.reconcile(instanceId)
        .catch(() => undefined);
    }
    const over = (hasFailed: boolean): void => {
      if (job.active !== active) {
        this.world.count('stale worker came back');
        return;
      }
      job.active = null;
      if (hasFailed && job.tries < RETRIES) {
        job.tries += 1;
        job.isQueued = true;
        this.world.time.after(1_000 * 2 ** job.tries, () => this.dispatch(instanceId, job));
        return;
      }
      job.tries = 0;
      if (job.isQueued) this.dispatch(instanceId, job);
    };
    replica.reconcile(instanceId).then(
      () => over(false),
      () => over(true),
    );
  }
}
