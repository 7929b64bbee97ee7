/**
 * Which instance that waits for capacity gets which free offer. Promises: within a project the instance that waits longest comes first,
 * among those that the offer fits; projects take turns; and an offer is handed to no more instances at once than its stock is likely
 * to serve. Novita says a level and not a number, so a small stock is handed out one by one, each time after the last create was answered.
 */
import { offerKeyOf, type OfferKey } from '../catalogue/domain/offer-memory.js';
import type { StockLevel } from '../vocabulary/stock-level.js';
import { chooseOffer, type Placement, type PlacementFacts } from './choose-offer.js';
import type { OfferSpec } from './machine-spec.js';
import type { Offer } from './offer.js';
import { sayAllReasons } from './placement-words.js';

/** An instance that waits. */
export interface Waiter {
  instanceId: string;
  projectId: string;
  since: Date;
  spec: OfferSpec;
  /** The offer that it was handed and has not bought yet. Null: it can be handed one. */
  holds: OfferKey | null;
}

/** With a large stock a lost race costs nothing; with a small one an instance that came later could win it. */
const AT_ONCE: Record<StockLevel, number> = { high: 16, normal: 4, low: 1, unknown: 1, none: 0 };

/** When each project was last handed an offer: a number that grows. */
export type Turns = ReadonlyMap<string, number>;

export interface Handed {
  waiter: Waiter;
  offer: Offer;
}

export interface HandOuts {
  handed: Handed[];
  /** Why the others go on waiting: a sentence for each. */
  waiting: { waiter: Waiter; why: string }[];
  turns: Turns;
}

const BUSY = 'A fitting offer is free, and instances that wait longer are tried first.';

export const handOut = (
  waiters: readonly Waiter[],
  offers: readonly Offer[],
  known: Pick<PlacementFacts, 'learned' | 'volumes'>,
  turns: Turns,
  now: Date,
): HandOuts => {
  const left = new Map(offers.map((offer) => [offerKeyOf(offer), AT_ONCE[offer.stock]]));
  const take = (offer: OfferKey): unknown => left.set(offerKeyOf(offer), (left.get(offerKeyOf(offer)) ?? 0) - 1);
  for (const { holds } of waiters) if (holds) take(holds);
  const placementOf = placementsOf(offers, { ...known, now });
  const firstFit = (queue: readonly Waiter[]): Handed | null => {
    // many wait for the same: what fits none of them is asked once
    const hopeless = new Set<Placement>();
    for (const waiter of queue) {
      const placement = placementOf(waiter.spec);
      if (placement.kind !== 'offer' || hopeless.has(placement)) continue;
      const fit = placement.ranked.find(({ offer }) => (left.get(offerKeyOf(offer)) ?? 0) > 0);
      if (fit) return { waiter, offer: fit.offer };
      hopeless.add(placement);
    }
    return null;
  };
  const queues = queuesOf(waiters.filter(({ holds }) => holds === null));
  const handed: Handed[] = [];
  const after = new Map(turns);
  for (let next = nextOf(queues, after, firstFit); next; next = nextOf(queues, after, firstFit)) {
    const { waiter, offer } = next;
    handed.push(next);
    take(offer);
    queues.set(
      waiter.projectId,
      (queues.get(waiter.projectId) ?? []).filter((other) => other !== waiter),
    );
    after.set(waiter.projectId, Math.max(0, ...after.values()) + 1);
  }
  const waiting = [...queues.values()].flat().map((waiter) => ({ waiter, why: whyItWaits(waiter.spec, placementOf) }));
  return { handed, waiting, turns: after };
};

type PlacementOf = (spec: OfferSpec) => Placement;

/** What would be chosen for a request, if no other instance waited. Equal requests are given the same object. */
const placementsOf = (offers: readonly Offer[], facts: PlacementFacts): PlacementOf => {
  const known = new Map<string, Placement>();
  const keys = new Map<OfferSpec, string>();
  return (spec) => {
    const key = keys.get(spec) ?? keyOf(spec);
    keys.set(spec, key);
    const placement = known.get(key) ?? chooseOffer(spec, offers, facts);
    known.set(key, placement);
    return placement;
  };
};

/** All that the choice depends on. */
const keyOf = (spec: OfferSpec): string => {
  const { productName, gpu, gpuNum, regions, billingMode, orOnDemand, rootfsSizeGb } = spec;
  const { maxPricePerGpuHour, maxPricePerHour, plannedPricePerHour, capacityWait, volumes } = spec;
  const caps = [maxPricePerGpuHour, maxPricePerHour, plannedPricePerHour, capacityWait?.maxPricePerHour ?? null];
  return JSON.stringify([productName, gpu, gpuNum, regions, billingMode, orOnDemand, rootfsSizeGb, caps, volumes]);
};

const whyItWaits = (spec: OfferSpec, placementOf: PlacementOf): string => {
  const placement = placementOf(spec);
  return placement.kind === 'offer' ? BUSY : `${capitalised(sayAllReasons(spec, placement))}.`;
};

const capitalised = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** By project, the longest-waiting first. */
const queuesOf = (waiters: readonly Waiter[]): Map<string, Waiter[]> => {
  const queues = new Map<string, Waiter[]>();
  for (const waiter of waiters.toSorted(byWait)) {
    const queue = queues.get(waiter.projectId);
    if (queue) queue.push(waiter);
    else queues.set(waiter.projectId, [waiter]);
  }
  return queues;
};

const byWait = (a: Waiter, b: Waiter): number =>
  a.since.getTime() - b.since.getTime() || (a.instanceId < b.instanceId ? -1 : 1);

/** The project whose turn is longest ago comes first, of these the one with the longest wait. */
const nextOf = (
  queues: ReadonlyMap<string, Waiter[]>,
  turns: Turns,
  firstFit: (queue: readonly Waiter[]) => Handed | null,
): Handed | null => {
  const candidates = [...queues.values()].flatMap((queue) => firstFit(queue) ?? []);
  const [first] = candidates.toSorted(
    (a, b) => (turns.get(a.waiter.projectId) ?? 0) - (turns.get(b.waiter.projectId) ?? 0) || byWait(a.waiter, b.waiter),
  );
  return first ?? null;
};
