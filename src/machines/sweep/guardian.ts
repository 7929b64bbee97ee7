import type { Log } from '../../logging/log.js';
import { secondsBetween, type Clock } from '../../time/clock.js';
import {
  distrust,
  freezeForKills,
  guardAfterPass,
  killLimit,
  killsCountSince,
  type Census,
  type Guard,
} from '../domain/fleet-guard.js';
import { SEEN_EVERY_SECONDS, sightAfter, type LookOutcome } from '../domain/sight.js';
import { GuardStore } from '../store/guard-store.js';

/** Keeps the guard: reads it, notices that the database has gone back in time, and freezes. */
export class Guardian {
  private highestEpoch = 0;
  /** What was last written down: most rounds are no news. */
  private lastLook: { isBlind: boolean; at: Date } | null = null;

  constructor(
    private readonly store: GuardStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** The guard as it is. A database that has lost commits is distrusted from the first read on. */
  async current(): Promise<Guard> {
    // answers overtake each other: one that was asked for before a write may come after it, and tells of no loss
    const known = this.highestEpoch;
    const guard = await this.store.guard();
    if (guard.epoch >= known) {
      this.highestEpoch = Math.max(this.highestEpoch, guard.epoch);
      return guard;
    }
    const lost = known - guard.epoch;
    this.log.error({ lost }, 'the database has lost commits: nothing is bought or deleted before the fleet is seen');
    return this.changed((now) => distrust(now, this.highestEpoch + 1, this.clock.now()));
  }

  /** The list cannot be read: whoever waits for it is told why. */
  async troubled(why: string): Promise<void> {
    if ((await this.current()).trouble === why) return;
    await this.changed((guard) => ({ ...guard, trouble: why }));
  }

  /** A round of looks is over: whether Novita can be seen tells which time counts against deadlines. */
  async looked(outcome: LookOutcome, at: Date): Promise<void> {
    const { lastLook } = this;
    const isTurn = lastLook === null || (lastLook.isBlind ? outcome === 'seen' : outcome === 'blind');
    if (!isTurn && Math.abs(secondsBetween(lastLook.at, at)) < SEEN_EVERY_SECONDS) return;
    await this.changed((guard) => {
      const sight = sightAfter(guard.sight, outcome, at);
      return sight && { ...guard, sight };
    });
    this.lastLook = { isBlind: outcome === 'blind' || (outcome === 'idle' && lastLook?.isBlind === true), at };
  }

  async concludePass(census: Census, startedAt: Date): Promise<void> {
    const before = await this.current();
    const after = await this.changed((guard) => guardAfterPass(guard, census, startedAt));
    this.tellIfFrozen(before, after);
  }

  /** False: too many were condemned within the hour, and everything is frozen now. */
  async condemn(machineId: string): Promise<boolean> {
    const before = await this.current();
    const now = this.clock.now();
    let limit = 0;
    const limitOf = (fleet: number): number => (limit = killLimit(fleet));
    if (await this.store.condemnByCode(machineId, now, killsCountSince(before, now), limitOf)) return true;
    this.tellIfFrozen(before, await this.changed((guard) => freezeForKills(guard, now, limit)));
    return false;
  }

  private async changed(change: (guard: Guard) => Guard | null): Promise<Guard> {
    const guard = await this.store.changeGuard(change);
    this.highestEpoch = Math.max(this.highestEpoch, guard.epoch);
    return guard;
  }

  private tellIfFrozen(before: Guard, { frozen }: Guard): void {
    if (frozen && !before.frozen) this.log.error({ why: frozen.why }, `frozen: ${frozen.detail}`);
  }
}
