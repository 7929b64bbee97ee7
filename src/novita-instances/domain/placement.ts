import { matchesProduct, matchesRegion } from '../../catalogue/domain/matching.js';
import type { Attempt } from './instance.js';
import type { InstanceSpec } from './instance-spec.js';
import type { OfferTaken } from './offer-taken.js';
import { isUnderCap } from './price-fence.js';
import { isCapacityReason } from './rejection-policy.js';

/**
 * Which offer to buy next. Promises: never above the caller's cap, never an offer that was refused in this round, always the
 * cheapest of what is left; among equals the better stocked, then the region that the caller named first, then by id so that
 * every replica chooses alike.
 */
export interface Offer extends OfferTaken {
  available: boolean;
  stock: 'none' | 'low' | 'normal' | 'high' | 'unknown';
  minRootfsGb: number | null;
  maxRootfsGb: number | null;
}

export type Placement =
  | { kind: 'offer'; offer: Offer }
  /** Nothing of the sort is sold: waiting will not help. */
  | { kind: 'no-such-offer'; why: string }
  /** It is sold, but not now, or every offer refused us in this round. */
  | { kind: 'no-capacity'; why: string };

const STOCK_ORDER: Record<Offer['stock'], number> = { high: 0, normal: 1, unknown: 2, low: 3, none: 4 };

export const placeInstance = (spec: InstanceSpec, offers: Offer[], attempts: Attempt[], round: number): Placement => {
  const ofProduct = offers.filter((offer) => matchesProduct(spec.productName, offer));
  if (ofProduct.length === 0) return none(`no product is called "${spec.productName}"`);
  const ofMode = ofProduct.filter((offer) => offer.billingMode === spec.billingMode);
  if (ofMode.length === 0) return none(`"${spec.productName}" is not offered with billing mode ${spec.billingMode}`);
  const inRegion = ofMode.filter((offer) => regionRank(spec.regions, offer) !== null);
  if (inRegion.length === 0) return none(`"${spec.productName}" is not offered in ${spec.regions.join(', ')}`);
  const affordable = inRegion.filter((offer) => isUnderCap(spec, offer.pricePerGpuHour));
  if (affordable.length === 0) return none('every offer costs more than maxPricePerGpuHour');
  const fitting = affordable.filter((offer) => fitsDisk(spec, offer));
  if (fitting.length === 0) return none('no offer has a root disk of the size that was asked for');

  const refused = new Set(attempts.filter((attempt) => wasRefused(attempt, round)).map(({ offer }) => keyOf(offer)));
  const open = fitting.filter((offer) => offer.available && !refused.has(keyOf(offer)));
  const [best] = open.sort(
    (a, b) =>
      a.pricePerGpuHour - b.pricePerGpuHour ||
      STOCK_ORDER[a.stock] - STOCK_ORDER[b.stock] ||
      (regionRank(spec.regions, a) ?? 0) - (regionRank(spec.regions, b) ?? 0) ||
      keyOf(a).localeCompare(keyOf(b)),
  );
  if (best) return { kind: 'offer', offer: best };
  return {
    kind: 'no-capacity',
    why:
      refused.size > 0 ? 'every fitting offer was refused for lack of capacity' : 'every fitting offer is out of stock',
  };
};

const none = (why: string): Placement => ({ kind: 'no-such-offer', why });

const keyOf = ({ productId, regionId, billingMode }: OfferTaken): string => `${productId}|${regionId}|${billingMode}`;

/** Only a lack of capacity rules an offer out: after a wait for balance or a rate limit the same one may well be right. */
const wasRefused = ({ round, state, reason }: Attempt, currentRound: number): boolean =>
  round === currentRound && state === 'REJECTED' && reason !== null && isCapacityReason(reason);

const fitsDisk = ({ rootfsSizeGb }: InstanceSpec, { minRootfsGb, maxRootfsGb }: Offer): boolean =>
  rootfsSizeGb === null || (rootfsSizeGb >= (minRootfsGb ?? 0) && rootfsSizeGb <= (maxRootfsGb ?? Infinity));

/**
 * Where the offer's region stands in the caller's list (0 is first); null when it is not in it.
 */
const regionRank = (regions: string[], offer: Pick<OfferTaken, 'regionId' | 'regionName'>): number | null => {
  if (regions.length === 0) return 0;
  const rank = regions.findIndex((region) => matchesRegion(region, offer));
  return rank === -1 ? null : rank;
};
