import { formatUnits, toMoney, type PriceUnits } from '../../money/price.js';
import type { Facts } from './instance.js';
import type { InstanceSpec } from './instance-spec.js';
import type { OfferTaken } from './offer-taken.js';
import type { Machine } from '../../machines/domain/machine.js';

/**
 * The caller's price cap, asked in every way in which money starts to flow: a create takes only offers under it, and a machine
 * that does not run is started only while its offer is under it. A machine that runs already is paid for whatever is decided
 * here: a restart of it and its adoption go through, and what it costs above the cap is told.
 */
export const isUnderCap = ({ maxPricePerGpuHour: cap }: Pick<InstanceSpec, 'maxPricePerGpuHour'>, price: PriceUnits) =>
  cap === null || price <= cap;

/** What starting the machine would cost now, in 1/100000 USD per GPU and hour, at the most; null when nobody knows. */
const startPrice = ({ productId, regionId, billingMode }: OfferTaken, offers: OfferTaken[]): PriceUnits | null => {
  const sold = offers.filter((offer) => offer.productId === productId && offer.billingMode === billingMode);
  const here = sold.filter((offer) => offer.regionId === regionId);
  const prices = (here.length > 0 ? here : sold).map(({ pricePerGpuHour }) => pricePerGpuHour);
  return prices.length > 0 ? Math.max(...prices) : null;
};

/** Why the machine may not be started at today's prices, in a sentence; null: it may. `offers` null: nobody knows them now. */
export const whyTooDearToStart = (facts: Facts, machine: Machine, offers: OfferTaken[] | null): string | null => {
  const { spec } = facts.instance;
  if (spec.maxPricePerGpuHour === null) return null;
  const cap = formatUnits(spec.maxPricePerGpuHour);
  if (!offers) return `Novita does not say what the machine would cost now, and maxPricePerGpuHour is ${cap} USD.`;
  const offer = offerOf(facts, machine);
  const price = offer && startPrice(offer, offers);
  if (price === null) {
    return `Novita does not list the machine's product any more, so nobody knows what it would cost, and maxPricePerGpuHour is ${cap} USD.`;
  }
  if (isUnderCap(spec, price)) return null;
  return `The machine costs ${formatUnits(price)} USD per GPU and hour now, more than maxPricePerGpuHour (${cap} USD): it is started when it costs less.`;
};

/** The price at which the machine was bought or found, when it is above the caller's cap; null: it is not, or nobody knows. */
export const priceAboveCap = (spec: InstanceSpec, { pricePerGpuHour }: OfferTaken): PriceUnits | null =>
  isUnderCap(spec, pricePerGpuHour) ? null : pricePerGpuHour;

/** What is told once when a machine that is paid for already is taken in, and costs more than the caller wanted to pay. */
export const overCapEvents = (spec: InstanceSpec, offer: OfferTaken, machineId: string) => {
  const price = priceAboveCap(spec, offer);
  if (price === null || spec.maxPricePerGpuHour === null) return [];
  const data = { machineId, pricePerGpuHour: toMoney(price), maxPricePerGpuHour: toMoney(spec.maxPricePerGpuHour) };
  return [{ type: 'machine.above_price_cap' as const, data }];
};

export const offerOf = ({ attempts }: Facts, { attemptNumber }: Machine): OfferTaken | null =>
  attempts.find(({ number }) => number === attemptNumber)?.offer ?? null;
