import { addSeconds, type Clock } from '../../time/clock.js';
import type { InstanceStore } from '../store/instance-store.js';

/** If a nudge is lost, the instance is nudged again after this. */
const AGAIN_SECONDS = 15;
const MOST_AT_ONCE = 500;

/** Nudges the instances whose time has come: deadlines, probes, retries. */
export class Waker {
  constructor(
    private readonly store: InstanceStore,
    private readonly clock: Clock,
  ) {}

  /** Answers with how many were due. */
  async tick(): Promise<number> {
    const now = this.clock.now();
    const due = await this.store.claimDue(now, addSeconds(now, AGAIN_SECONDS), MOST_AT_ONCE);
    if (due.length > 0) await this.store.nudge(due);
    return due.length;
  }
}
