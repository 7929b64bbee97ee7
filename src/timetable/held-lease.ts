import type { Log } from '../logging/log.js';
import type { Clock } from '../time/clock.js';
import type { Lease } from './background-task.js';
import type { LeaseStore } from './lease-store.js';

/** Renewals within the time of a lease: three in a row may fail before another replica takes it. */
const RENEWALS_PER_LEASE = 4;

/** A lease as one replica sees it: taken and renewed for ever. It is never considered held for longer than in the database. */
export class HeldLease {
  private heldUntilMs = -Infinity;

  /** @param holder the name of this replica */
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

  /** Takes or renews the lease. */
  async renew(): Promise<void> {
    const { name, seconds } = this.lease;
    const forSeconds = seconds();
    // measured before the request, since the database counts from a later time
    const askedAtMs = this.clock.monotonicMs();
    try {
      const taken = await this.store.takeLease(name, this.holder, forSeconds);
      this.heldUntilMs = taken ? askedAtMs + forSeconds * 1000 : -Infinity;
    } catch (error) {
      // the database is probably away: treat the lease as lost, and try again at the next renewal
      this.heldUntilMs = -Infinity;
      this.log.warn({ err: error, lease: name }, 'a lease could not be renewed');
    }
  }

  async release(): Promise<void> {
    if (!this.isHeld) return;
    this.heldUntilMs = -Infinity;
    // if this fails, the lease expires
    await this.store.releaseLease(this.lease.name, this.holder).catch(() => undefined);
  }
}
