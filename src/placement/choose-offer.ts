/**
 * Which offer to buy next. Promises: never above the caller's cap, never an offer that was refused in this round, always the
 * cheapest of what is left; among equals the better stocked, then the region that the caller named first, then by id so that
 * every replica chooses alike.
 */
import { matchesProduct, matchesRegion } from '../catalogue/domain/matching.js';
import type { StockLevel } from '../vocabulary/stock-level.js';
import type { OfferSpec } from './machine-spec.js';
import { offerKeyOf, type Offer, type OfferTaken } from './offer.js';
import { isUnderCap } from './price-cap.js';

/** Why an offer of the product is not taken, in the order in which it is asked: the first that applies is the reason. */
export const PASS_REASONS = ['billing-mode', 'region', 'price', 'disk-size', 'refused', 'no-stock'] as const;
export type PassReason = (typeof PASS_REASONS)[number];

/** An offer that is not taken. `detail`: what was wanted, and what the offer has, in the units of the offer. */
export interface PassedOver {
  code: PassReason;
  offer: Offer;
  detail: Record<string, unknown>;
}

export type Placement =
  | { kind: 'offer'; offer: Offer; passedOver: PassedOver[] }
  /** Nothing of the sort is sold: waiting will not help. */
  | { kind: 'no-such-offer'; passedOver: PassedOver[] }
  /** It is sold, but not now, or every offer refused us in this round. */
  | { kind: 'no-capacity'; passedOver: PassedOver[] };

/** Reasons that pass by themselves. */
const PASSING: ReadonlySet<PassReason> = new Set(['refused', 'no-stock']);
const STOCK_ORDER: Record<StockLevel, number> = { high: 0, normal: 1, unknown: 2, low: 3, none: 4 };

/** @param refused offers that were refused for lack of capacity in this round */
export const chooseOffer = (spec: OfferSpec, offers: readonly Offer[], refused: readonly OfferTaken[]): Placement => {
  const refusedKeys = new Set(refused.map(offerKeyOf));
  const passedOver: PassedOver[] = [];
  const open: Offer[] = [];
  for (const offer of offers) {
    if (!matchesProduct(spec.productName, offer)) continue;
    const reason = whyPassedOver(spec, offer, refusedKeys);
    if (reason) passedOver.push({ offer, ...reason });
    else open.push(offer);
  }
  const [best] = open.sort(
    (a, b) =>
      a.pricePerGpuHour - b.pricePerGpuHour ||
      STOCK_ORDER[a.stock] - STOCK_ORDER[b.stock] ||
      (regionRank(spec.regions, a) ?? 0) - (regionRank(spec.regions, b) ?? 0) ||
      offerKeyOf(a).localeCompare(offerKeyOf(b)),
  );
  if (best) return { kind: 'offer', offer: best, passedOver };
  return { kind: passedOver.some(({ code }) => PASSING.has(code)) ? 'no-capacity' : 'no-such-offer', passedOver };
};

/** The reason that applies to the offers that come closest to what is wanted. Null: no offer is of the product. */
export const nearestReason = ({ passedOver }: Pick<Placement, 'passedOver'>): PassReason | null => {
  const codes = new Set(passedOver.map(({ code }) => code));
  // a refused offer fitted in every way: its refusal tells more than an empty stock
  if (codes.has('refused')) return 'refused';
  return PASS_REASONS.findLast((code) => codes.has(code)) ?? null;
};

const whyPassedOver = (
  spec: OfferSpec,
  offer: Offer,
  refused: ReadonlySet<string>,
): Pick<PassedOver, 'code' | 'detail'> | null => {
  const { billingMode, regions, maxPricePerGpuHour, rootfsSizeGb } = spec;
  if (offer.billingMode !== billingMode) return { code: 'billing-mode', detail: { wanted: billingMode } };
  if (regionRank(regions, offer) === null) return { code: 'region', detail: { wanted: regions } };
  if (!isUnderCap(spec, offer.pricePerGpuHour)) return { code: 'price', detail: { cap: maxPricePerGpuHour } };
  if (!fitsDisk(spec, offer)) return { code: 'disk-size', detail: { wanted: rootfsSizeGb } };
  if (refused.has(offerKeyOf(offer))) return { code: 'refused', detail: {} };
  if (!offer.available) return { code: 'no-stock', detail: { stock: offer.stock } };
  return null;
};

const fitsDisk = ({ rootfsSizeGb }: OfferSpec, { minRootfsGb, maxRootfsGb }: Offer): boolean =>
  rootfsSizeGb === null || (rootfsSizeGb >= (minRootfsGb ?? 0) && rootfsSizeGb <= (maxRootfsGb ?? Infinity));

/** Where the offer's region stands in the caller's list (0 is first); null when it is not in it. */
const regionRank = (regions: string[], offer: Pick<OfferTaken, 'regionId' | 'regionName'>): number | null => {
  if (regions.length === 0) return 0;
  const rank = regions.findIndex((region) => matchesRegion(region, offer));
  return rank === -1 ? null : rank;
};
