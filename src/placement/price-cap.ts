import { toMoney, type PriceUnits } from '../money/price.js';
import type { OfferSpec } from './machine-spec.js';
import type { OfferTaken } from './offer.js';

/**
 * The caller's price caps, asked in every way in which money starts to flow: a create takes only offers under them, and a machine
 * that does not run is started only while its offer is under them. A machine that runs already is paid for whatever is decided
 * here: a restart of it and its adoption go through, and what it costs above a cap is told.
 */
type Capped = Pick<
  OfferSpec,
  'maxPricePerGpuHour' | 'maxPricePerHour' | 'plannedPricePerHour' | 'capacityWait' | 'gpuNum'
>;

/** The cap that binds. All prices of offers are of one GPU, so this is what they are compared with. */
export interface PriceCap {
  /** The field of the request that sets it. `planId`: the price of the plan. */
  field: 'maxPricePerGpuHour' | 'maxPricePerHour' | 'planId' | 'capacityWait.maxPricePerHour';
  /** As the caller gave it: of one GPU for `maxPricePerGpuHour`, else of the whole machine. */
  given: PriceUnits;
  perGpu: PriceUnits;
}

/** Null: any price will do. Of equal caps the first in the order of this list binds. */
export const capOf = ({
  maxPricePerGpuHour,
  maxPricePerHour,
  plannedPricePerHour,
  capacityWait,
  gpuNum,
}: Capped): PriceCap | null => {
  const ofMachine = (field: PriceCap['field'], given: PriceUnits | null): PriceCap | null =>
    // prices are whole numbers, so a price is under the share of one GPU exactly when the machine is under the cap
    given === null ? null : { field, given, perGpu: Math.floor(given / gpuNum) };
  const caps: (PriceCap | null)[] = [
    maxPricePerGpuHour === null
      ? null
      : { field: 'maxPricePerGpuHour', given: maxPricePerGpuHour, perGpu: maxPricePerGpuHour },
    ofMachine('maxPricePerHour', maxPricePerHour),
    ofMachine('planId', plannedPricePerHour),
    ofMachine('capacityWait.maxPricePerHour', capacityWait?.maxPricePerHour ?? null),
  ];
  return caps.reduce((lowest, cap) => (cap && (!lowest || cap.perGpu < lowest.perGpu) ? cap : lowest), null);
};

export const isUnderCap = (spec: Capped, price: PriceUnits): boolean => price <= (capOf(spec)?.perGpu ?? Infinity);

/** Why a machine may not be started at today's prices. */
export type StartTooDear =
  /** Novita does not say what things cost now. */
  | { code: 'prices-unknown'; cap: PriceCap }
  /** It is not known which offer it was, or that offer is not sold any more. */
  | { code: 'not-sold'; cap: PriceCap }
  | { code: 'above-cap'; cap: PriceCap; price: PriceUnits };

/**
 * Null: the machine may be started.
 * @param taken the offer by which it was bought; null: it is not known
 * @param offers what is sold now; null: it is not known
 */
export const whyTooDearToStart = (
  spec: Capped,
  taken: OfferTaken | null,
  offers: readonly OfferTaken[] | null,
): StartTooDear | null => {
  const cap = capOf(spec);
  if (cap === null) return null;
  if (!offers) return { code: 'prices-unknown', cap };
  const price = taken && startPrice(taken, offers);
  if (price === null) return { code: 'not-sold', cap };
  return price <= cap.perGpu ? null : { code: 'above-cap', cap, price };
};

/** What starting the machine would cost now, in 1/100000 USD per GPU and hour, at the most. Null: it is not known. */
const startPrice = (
  { productId, regionId, billingMode }: OfferTaken,
  offers: readonly OfferTaken[],
): PriceUnits | null => {
  const sold = offers.filter((offer) => offer.productId === productId && offer.billingMode === billingMode);
  const here = sold.filter((offer) => offer.regionId === regionId);
  const prices = (here.length > 0 ? here : sold).map(({ pricePerGpuHour }) => pricePerGpuHour);
  return prices.length > 0 ? Math.max(...prices) : null;
};

/** The price at which the machine was bought or found, when it is above the caller's cap; null: it is not, or there is no cap. */
export const priceAboveCap = (spec: Capped, { pricePerGpuHour }: OfferTaken): PriceUnits | null =>
  isUnderCap(spec, pricePerGpuHour) ? null : pricePerGpuHour;

/** What is told once when a machine that is paid for already is taken in, and costs more than the caller wanted to pay. */
export const overCapEvents = (spec: Capped, offer: OfferTaken, machineId: string) => {
  const price = priceAboveCap(spec, offer);
  const cap = capOf(spec);
  if (price === null || cap === null) return [];
  const data = { machineId, pricePerGpuHour: toMoney(price), maxPricePerGpuHour: toMoney(cap.perGpu) };
  return [{ type: 'machine.above_price_cap' as const, data }];
};
