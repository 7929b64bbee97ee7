/**
 * Which offer to buy next. Promises: never above the caller's caps, never an offer that was refused in this round or that is remembered to
 * be out of stock, never prepaid; and of what is left the lowest expected cost. Among equals the better stocked, then the region that the
 * caller named first, then by id so that every replica chooses alike. On demand is taken after spot, when no spot offer is left.
 */
import { matchesRegion } from '../catalogue/domain/matching.js';
import { gpuMemoryGb } from '../catalogue/domain/gpu-memory.js';
import { isRemembered, NOTHING_KNOWN, offerKeyOf, type Learned } from '../catalogue/domain/offer-memory.js';
import { PASS_REASONS, type PassReason, type TakenReason } from '../vocabulary/offer-choice.js';
import type { StockLevel } from '../vocabulary/stock-level.js';
import { estimateOf, rankingCost, type Estimate } from './expected-cost.js';
import { isNamed } from './named-product.js';
import type { OfferSpec } from './machine-spec.js';
import type { Offer, OfferTaken } from './offer.js';
import { capOf } from './price-cap.js';

/** An offer that is not taken. `detail`: what was wanted, and what the offer has, in the units of the offer. */
export interface PassedOver {
  code: PassReason;
  offer: Offer;
  detail: Record<string, unknown>;
}

/** An offer that fits and can be had, in the order in which they would be bought. */
export interface RankedOffer {
  offer: Offer;
  estimate: Estimate;
  /** What puts it before the next one. `last`: there is no next one. */
  because: TakenReason;
}

export type Placement =
  /** `offer` is the first of `ranked`. */
  | { kind: 'offer'; offer: Offer; ranked: RankedOffer[]; passedOver: PassedOver[] }
  /** Nothing of the sort is sold: waiting will not help. */
  | { kind: 'no-such-offer'; passedOver: PassedOver[] }
  /** It is sold, but not now, or every offer refused us in this round. */
  | { kind: 'no-capacity'; passedOver: PassedOver[] };

/** The region in which a network volume is. */
export interface VolumePlace {
  volumeId: string;
  clusterId: string;
}

/** What is known besides the offers. */
export interface PlacementFacts {
  /** Offers that were refused for lack of capacity in this round. */
  refused?: readonly OfferTaken[];
  learned?: Learned;
  /** Where volumes are. A volume that is missing here restricts nothing. */
  volumes?: readonly VolumePlace[];
  now: Date;
}

/** Reasons that pass by themselves. */
const PASSING: ReadonlySet<PassReason> = new Set(['wait-price', 'refused', 'remembered', 'no-stock']);
const STOCK_ORDER: Record<StockLevel, number> = { high: 0, normal: 1, unknown: 2, low: 3, none: 4 };

export const chooseOffer = (
  spec: OfferSpec,
  offers: readonly Offer[],
  { refused = [], learned = NOTHING_KNOWN, volumes = [], now }: PlacementFacts,
): Placement => {
  const refusedKeys = new Set(refused.map(offerKeyOf));
  const passedOver: PassedOver[] = [];
  const open: Candidate[] = [];
  for (const offer of offers) {
    if (!isNamed(spec, offer)) continue;
    const reason = whyPassedOver(spec, offer, refusedKeys, volumes) ?? whyNotNow(offer, learned, now);
    if (reason) passedOver.push({ offer, ...reason });
    else open.push(candidateOf(spec, offer, learned, now));
  }
  const preferred = open.filter(({ offer }) => offer.billingMode === spec.billingMode);
  if (preferred.length > 0) passedOver.push(...open.filter((one) => !preferred.includes(one)).map(spotFirst));
  const ranked = ranking(preferred.length > 0 ? preferred : open);
  const [best] = ranked;
  if (best) return { kind: 'offer', offer: best.offer, ranked, passedOver };
  return { kind: passedOver.some(({ code }) => PASSING.has(code)) ? 'no-capacity' : 'no-such-offer', passedOver };
};

/** The reason that applies to the offers that come closest to what is wanted. Null: no offer is of the product. */
export const nearestReason = ({ passedOver }: Pick<Placement, 'passedOver'>): PassReason | null => {
  const codes = new Set(passedOver.map(({ code }) => code));
  // a refused offer fitted in every way: its refusal tells more than an empty stock
  if (codes.has('refused')) return 'refused';
  return PASS_REASONS.findLast((code) => codes.has(code)) ?? null;
};

type Why = Pick<PassedOver, 'code' | 'detail'>;

const whyPassedOver = (
  spec: OfferSpec,
  offer: Offer,
  refused: ReadonlySet<string>,
  volumes: readonly VolumePlace[],
): Why | null => {
  const { regions, rootfsSizeGb } = spec;
  const memory = whyOfMemory(spec, offer);
  if (memory) return memory;
  if (!isBilledAs(spec, offer)) return { code: 'billing-mode', detail: { wanted: spec.billingMode } };
  if (regionRank(regions, offer) === null) return { code: 'region', detail: { wanted: regions } };
  const elsewhere = volumes.find(
    ({ volumeId, clusterId }) => isMounted(spec, volumeId) && clusterId !== offer.regionId,
  );
  if (elsewhere) return { code: 'volume-region', detail: { volume: elsewhere.volumeId, wanted: elsewhere.clusterId } };
  const cap = capOf(spec);
  if (cap && offer.pricePerGpuHour > cap.perGpu) {
    const code = cap.field === 'capacityWait.maxPricePerHour' ? 'wait-price' : 'price';
    return { code, detail: { cap: cap.given, field: cap.field } };
  }
  if (!fitsDisk(spec, offer)) return { code: 'disk-size', detail: { wanted: rootfsSizeGb } };
  if (refused.has(offerKeyOf(offer))) return { code: 'refused', detail: {} };
  return null;
};

const whyNotNow = (offer: Offer, learned: Learned, now: Date): Why | null => {
  const until = learned.offers.get(offerKeyOf(offer))?.outOfStockUntil ?? null;
  if (isRemembered(until, now)) return { code: 'remembered', detail: { until: until.toISOString() } };
  return offer.available ? null : { code: 'no-stock', detail: { stock: offer.stock } };
};

const spotFirst = ({ offer }: Candidate): PassedOver => ({ code: 'spot-first', offer, detail: {} });

/** A GPU of which nothing says how much memory it has may have too little. */
const whyOfMemory = ({ gpu }: OfferSpec, { productName }: Offer): Why | null => {
  const wanted = gpu?.minMemoryGb ?? null;
  if (wanted === null) return null;
  const has = gpuMemoryGb(productName);
  if (has === null) return { code: 'gpu-memory-unknown', detail: { wanted } };
  return has < wanted ? { code: 'gpu-memory', detail: { wanted, has } } : null;
};

const isMounted = ({ volumes }: OfferSpec, volumeId: string): boolean => volumes.some(({ id }) => id === volumeId);

const isBilledAs = ({ billingMode, orOnDemand }: OfferSpec, offer: Offer): boolean =>
  offer.billingMode === billingMode || (orOnDemand && offer.billingMode === 'onDemand');

const fitsDisk = ({ rootfsSizeGb }: OfferSpec, { minRootfsGb, maxRootfsGb }: Offer): boolean =>
  rootfsSizeGb === null || (rootfsSizeGb >= (minRootfsGb ?? 0) && rootfsSizeGb <= (maxRootfsGb ?? Infinity));

/** Where the offer's region stands in the caller's list (0 is first); null when it is not in it. */
const regionRank = (regions: string[], offer: Pick<OfferTaken, 'regionId' | 'regionName'>): number | null => {
  if (regions.length === 0) return 0;
  const rank = regions.findIndex((region) => matchesRegion(region, offer));
  return rank === -1 ? null : rank;
};

const CRITERIA = ['expected-cost', 'stock', 'region-order'] as const;

/** `order`: what is compared, one after the other; less is better. */
interface Candidate extends Omit<RankedOffer, 'because'> {
  order: Record<(typeof CRITERIA)[number], number>;
}

const candidateOf = (spec: OfferSpec, offer: Offer, learned: Learned, now: Date): Candidate => {
  const estimate = estimateOf(offer, spec.gpuNum, learned, now);
  const order = {
    'expected-cost': rankingCost(estimate),
    stock: STOCK_ORDER[offer.stock],
    'region-order': regionRank(spec.regions, offer) ?? 0,
  };
  return { offer, estimate, order };
};

const ranking = (candidates: Candidate[]): RankedOffer[] => {
  const sorted = candidates.toSorted((a, b) => {
    const criterion = firstDifference(a, b);
    return criterion ? a.order[criterion] - b.order[criterion] : offerKeyOf(a.offer).localeCompare(offerKeyOf(b.offer));
  });
  return sorted.map((candidate, at) => {
    const { offer, estimate } = candidate;
    const next = sorted[at + 1];
    if (!next) return { offer, estimate, because: at === 0 ? 'only-one' : 'last' };
    return { offer, estimate, because: firstDifference(candidate, next) ?? 'id' };
  });
};

const firstDifference = (a: Candidate, b: Candidate) =>
  CRITERIA.find((criterion) => a.order[criterion] !== b.order[criterion]);
