import type { OfferMemoryStore } from '../../catalogue/store/offer-memory-store.js';
import { DomainError } from '../../errors/domain-error.js';
import { holdOf } from '../../machines/domain/fleet-guard.js';
import type { Guardian } from '../../machines/sweep/guardian.js';
import type { VolumePlace } from '../../placement/choose-offer.js';
import { handOut, type Handed, type HandOuts, type Turns, type Waiter } from '../../placement/hand-out.js';
import type { Market } from '../../placement/market.js';
import type { Offer } from '../../placement/offer.js';
import type { StatusValue } from '../../timetable/background-task.js';
import type { Clock } from '../../time/clock.js';
import { capacityWaitOf, handedOffer } from '../domain/capacity-wait.js';
import type { Instance, Snapshot } from '../domain/instance.js';
import type { Policy } from '../domain/policy.js';
import { seenFromSuccessor } from '../domain/replacement.js';
import type { CapacityStore } from '../store/capacity-store.js';
import type { InstanceStore } from '../store/instance-store.js';
import type { InstanceChange } from '../transitions/instance-change.js';
import { offerHanded, waitExplained } from '../transitions/placement-waits.js';
import { RECONCILER } from './ports.js';
import { writeChange } from './write-change.js';

/** The catalogue is looked at so often, at the most, by all replicas together. */
export const LOOK_EVERY_SECONDS = 10;
/** More than can be served within a look. Those who wait longest are among them. */
const MOST_WAITERS = 1_000;
/** Reasons change for all at once: they are written in small parts, so that hand-outs do not wait behind them. */
const MOST_EXPLAINED = 20;

interface Seen {
  offers: Offer[];
  volumes: VolumePlace[];
  atMs: number;
}

/**
 * Looks at the catalogue for all instances that wait for capacity, and hands the free offers to those that wait longest. It buys nothing:
 * an instance that is handed an offer is woken, and its reconciler buys, with all its fences.
 */
export class CapacityWatch {
  private seen: Seen | null = null;
  /** Lost with the process: then the turns of projects begin anew. */
  private turns: Turns = new Map();
  private waiters = 0;

  constructor(
    private readonly store: InstanceStore,
    private readonly waits: CapacityStore,
    private readonly market: Market,
    private readonly memory: OfferMemoryStore,
    private readonly guardian: Guardian,
    private readonly clock: Clock,
    private readonly policy: Policy,
  ) {}

  /** Whether any instance waited when this was last looked at. */
  get isWaitedFor(): boolean {
    return this.waiters > 0;
  }

  async tick(): Promise<StatusValue> {
    const instances = await this.waits.waitingForCapacity(MOST_WAITERS);
    const waiting = instances.flatMap((instance) => waitingOf(instance, this.clock.now()));
    this.waiters = waiting.length;
    const status = { waiting: waiting.length, handed: 0 };
    if (waiting.length === 0 || (await this.isBuyingHeld())) return status;
    const waiters = waiting.map(({ waiter }) => waiter);
    const seen = await this.look(waiters);
    if (!seen) return status;
    const { offers, volumes } = seen;
    const learned = await this.memory.learned(null);
    const decided = handOut(waiters, offers, { learned, volumes }, this.turns, this.clock.now());
    this.turns = decided.turns;
    const viewOf = new Map(waiting.map(({ waiter, view }) => [waiter, view]));
    return {
      ...status,
      handed: await this.hand(decided.handed, viewOf),
      explained: await this.explain(decided, viewOf),
    };
  }

  /** What is handed out while nothing may be bought would be handed out in vain. */
  private async isBuyingHeld(): Promise<boolean> {
    const guard = await this.guardian.current();
    const now = this.clock.now();
    const isPaused = guard.createsPaused !== null && guard.createsPaused.until > now;
    return !this.policy.createsEnabled || isPaused || holdOf(guard, now) !== null;
  }

  /** Null: nothing is known of today's offers, and it is not the time to ask. */
  private async look(waiters: readonly Waiter[]): Promise<Seen | null> {
    if (await this.waits.claimCapacityLook(this.clock.now(), LOOK_EVERY_SECONDS)) {
      try {
        const offers = await this.market.currentOffers(true);
        const volumes = await this.market.volumesOf(waiters.map(({ spec }) => spec));
        this.seen = { offers, volumes, atMs: this.clock.monotonicMs() };
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        this.seen = null;
      }
    }
    const { seen } = this;
    const isCurrent = seen !== null && this.clock.monotonicMs() - seen.atMs < LOOK_EVERY_SECONDS * 1_000;
    return isCurrent ? seen : null;
  }

  private async hand(handed: readonly Handed[], viewOf: ReadonlyMap<Waiter, Snapshot>): Promise<number> {
    let written = 0;
    for (const { waiter, offer } of handed) {
      const isWritten = await this.write(viewOf.get(waiter), (view) => offerHanded(view, offer, this.clock.now()));
      if (isWritten) written += 1;
    }
    return written;
  }

  private async explain({ waiting }: HandOuts, viewOf: ReadonlyMap<Waiter, Snapshot>): Promise<number> {
    let written = 0;
    for (const { waiter, why } of waiting) {
      if (written === MOST_EXPLAINED) break;
      if (await this.write(viewOf.get(waiter), (view) => waitExplained(view, why))) written += 1;
    }
    return written;
  }

  /** An instance that has changed meanwhile is left to the next run. */
  private async write(
    view: Snapshot | undefined,
    transition: (view: Snapshot) => InstanceChange | null,
  ): Promise<boolean> {
    const change = view ? transition(view) : null;
    return view !== undefined && change !== null && writeChange(this.store, view, RECONCILER, change);
  }
}

interface Waiting {
  waiter: Waiter;
  /** The instance as it waits: as a whole, or as its successor sees it. */
  view: Snapshot;
}

/** What waits for something else, such as a balance, is not handed an offer; what buys already keeps the one that it holds. */
const waitingOf = (instance: Instance, now: Date): Waiting[] => {
  const wait = capacityWaitOf(instance);
  if (!wait) return [];
  const whole: Snapshot = { instance, attempts: [], machines: [] };
  const view = wait.slot === 'current' ? whole : seenFromSuccessor(whole);
  const { placement } = wait;
  const holds = handedOffer(placement, now);
  if (!view || (!holds && placement.waitingFor !== 'capacity')) return [];
  const { id, projectId, spec } = instance;
  return [{ waiter: { instanceId: id, projectId, since: placement.since, spec, holds }, view }];
};
