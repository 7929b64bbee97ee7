import type { BillingMode } from '../../vocabulary/billing-mode.js';
import { secondsBetween } from '../../time/clock.js';

/**
 * What all replicas have learned of an offer together: how often a create for it was accepted or refused for lack of stock, and how long
 * its machines took. What is older counts less. Never a reason to buy or to refuse by itself: it ranks offers, and it keeps an
 * offer without stock from being asked for again at once.
 */

/** An offer at any time, whatever it costs then. */
export interface OfferKey {
  productId: string;
  regionId: string;
  billingMode: BillingMode;
}

export const offerKeyOf = ({ productId, regionId, billingMode }: OfferKey): string =>
  `${productId}|${regionId}|${billingMode}`;

/** A mean of seconds. `weight`: how many measurements it stands for; the older ones count less. */
export interface Mean {
  seconds: number;
  weight: number;
}

/** All counts are as of `learnedAt`: see {@link decayed}. */
export interface OfferMemory {
  successes: number;
  refusals: number;
  /** From a create to the first good answer of the workload. Null: never seen. */
  ready: Mean | null;
  /** Until then no create for the offer is sent. Null: it is not known to be out of stock. */
  outOfStockUntil: Date | null;
  learnedAt: Date;
}

/** From a create to the first look that showed the machine running: mostly the image, which is paid for. */
export interface PullMemory extends Mean {
  learnedAt: Date;
}

export type Lesson =
  /** Novita has accepted a create. */
  | { kind: 'accepted'; offer: OfferKey }
  /** Novita has refused a create for lack of stock. */
  | { kind: 'out-of-stock'; offer: OfferKey; until: Date }
  | { kind: 'ready'; offer: OfferKey; seconds: number }
  | { kind: 'pulled'; regionId: string; image: string; seconds: number };

/** Stock follows the hours of the day: what was learned yesterday counts a quarter of what was learned now. */
export const HALF_LIFE_SECONDS = 12 * 3_600;
/** Counts less than a thousandth by then. */
export const FORGOTTEN_AFTER_SECONDS = 10 * HALF_LIFE_SECONDS;

export const NOTHING_LEARNED: Omit<OfferMemory, 'learnedAt'> = {
  successes: 0,
  refusals: 0,
  ready: null,
  outOfStockUntil: null,
};

/** What a count from `then` is worth now. */
const shareLeft = (then: Date, now: Date): number =>
  0.5 ** (Math.max(0, secondsBetween(then, now)) / HALF_LIFE_SECONDS);

/** The memory as of now. */
export const decayed = (memory: OfferMemory, now: Date): OfferMemory => {
  const { successes, refusals, ready, outOfStockUntil, learnedAt } = memory;
  const share = shareLeft(learnedAt, now);
  return {
    successes: successes * share,
    refusals: refusals * share,
    ready: ready && { ...ready, weight: ready.weight * share },
    outOfStockUntil: isRemembered(outOfStockUntil, now) ? outOfStockUntil : null,
    learnedAt: now,
  };
};

export const isRemembered = (outOfStockUntil: Date | null, now: Date): outOfStockUntil is Date =>
  outOfStockUntil !== null && outOfStockUntil > now;

/** What the offer's memory is after a lesson. @param before null: nothing was learned yet */
export const learn = (
  before: OfferMemory | null,
  lesson: Exclude<Lesson, { kind: 'pulled' }>,
  now: Date,
): OfferMemory => {
  const memory = before ? decayed(before, now) : { ...NOTHING_LEARNED, learnedAt: now };
  switch (lesson.kind) {
    case 'accepted':
      // whatever was refused before, there was stock now
      return { ...memory, successes: memory.successes + 1, outOfStockUntil: null };
    case 'out-of-stock':
      return { ...memory, refusals: memory.refusals + 1, outOfStockUntil: lesson.until };
    case 'ready':
      return { ...memory, ready: meanWith(memory.ready, lesson.seconds) };
  }
};

/** @param before null: the image was never pulled in the region */
export const learnPull = (before: PullMemory | null, seconds: number, now: Date): PullMemory => {
  const known = before && { ...before, weight: before.weight * shareLeft(before.learnedAt, now) };
  return { ...meanWith(known, seconds), learnedAt: now };
};

const meanWith = (known: Mean | null, seconds: number): Mean => {
  const { seconds: mean, weight } = known ?? { seconds: 0, weight: 0 };
  return { seconds: (mean * weight + seconds) / (weight + 1), weight: weight + 1 };
};

/** As though each offer had accepted three of four creates before the first: one refusal does not condemn an offer. */
const SUPPOSED = { successes: 3, tries: 4 };

/** How likely a create for the offer is accepted, between 0 and 1. */
export const chanceOf = (memory: OfferMemory | undefined, now: Date): number => {
  const { successes, refusals } = memory ? decayed(memory, now) : NOTHING_LEARNED;
  return (successes + SUPPOSED.successes) / (successes + refusals + SUPPOSED.tries);
};

/** All that is remembered, for one image. */
export interface Learned {
  /** By {@link offerKeyOf}. */
  offers: ReadonlyMap<string, OfferMemory>;
  /** By region id, for the image that was asked about. */
  pulls: ReadonlyMap<string, PullMemory>;
}

export const NOTHING_KNOWN: Learned = { offers: new Map(), pulls: new Map() };
