import type { Log } from '../logging/log.js';
import type { Clock } from '../time/clock.js';
import type { Lease } from './background-task.js';
import type { LeaseStore } from './lease-store.js';

/** A lease is renewed so often within its time: three renewals in a row may be lost before another replica takes it. */
const RENEWALS_PER_LEASE = 4;

/** One lease as one replica sees it: tried for and renewed for ever. Never thought held for longer than the database says. */
export class HeldLease {
  private heldUntilMs = -Infinity;

  /** @param holder this replica */
  constructor(
    readonly lease: Lease,
    private readonly store: LeaseStore,
    private readonly holder: string,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  get isHeld(): boolean {
    return this.clock.monotonicMs() < this.heldUntilMs;
  }

  /** Milliseconds until the next renewal. */
  get renewAfterMs(): number {
    return (this.lease.seconds() * 1000) / RENEWALS_PER_LEASE;
  }

  /** Takes it, or renews it. */
  async renew(): Promise<void> {
    const { name, seconds } = this.lease;
    const forSeconds = seconds();
    // from before the question: the database counts from later on
    const askedAtMs = this.clock.monotonicMs();
    try {
      const taken = await this.store.takeLease(name, this.holder, forSeconds);
      this.heldUntilMs = taken ? askedAtMs + forSeconds * 1000 : -Infinity;
    } catch (error) {
      // the database is away, most likely: the lease is as good as lost, and the next renewal tries again
      this.heldUntilMs = -Infinity;
      this.log.warn({ err: error, lease: name }, 'a lease could not be renewed');
    }
  }

  async release(): Promise<void> {
    if (!this.isHeld) return;
    this.heldUntilMs = -Infinity;
    // it ends by itself
    await this.store.releaseLease(this.lease.name, this.holder).catch(() => undefined);
  }
}
