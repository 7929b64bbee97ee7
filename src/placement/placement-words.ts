/** What placement decided, in sentences that a caller can act on. */
import { formatUnits, type PriceUnits } from '../money/price.js';
import { nearestReason, type PassedOver, type Placement } from './choose-offer.js';
import type { OfferSpec } from './machine-spec.js';
import type { OfferTaken } from './offer.js';
import { capOf, type PriceCap, type StartTooDear } from './price-cap.js';

/** Why no offer is taken: a clause without a full stop. */
export const sayWhyNone = (spec: OfferSpec, placement: Pick<Placement, 'passedOver'>): string => {
  const { regions } = spec;
  switch (nearestReason(placement)) {
    case null:
      return `no product is called ${sayNames(spec)}`;
    case 'gpu-memory-unknown':
      return `no offer of ${sayNames(spec)} says in its name how much memory the GPU has, and gpu.minMemoryGb was asked for`;
    case 'gpu-memory':
      return `no GPU of ${sayNames(spec)} has ${spec.gpu?.minMemoryGb ?? 0} GB of memory`;
    case 'billing-mode':
      return `${sayNames(spec)} is not offered with billing mode ${spec.billingMode}`;
    case 'region':
      return `${sayNames(spec)} is not offered in ${regions.join(', ')}`;
    case 'volume-region':
      return `${sayNames(spec)} is not offered in the region of every volume`;
    case 'price':
      return sayAllTooDear(spec, placement);
    case 'wait-price':
      return `every offer costs more than ${capOf(spec)?.field ?? 'the cap'}, and a cheaper one is waited for`;
    case 'disk-size':
      return 'no offer has a root disk of the size that was asked for';
    case 'refused':
      return 'every fitting offer was refused for lack of capacity';
    case 'remembered':
      return 'every fitting offer was refused for lack of capacity a moment ago, and is asked again soon';
    case 'no-stock':
      return 'every fitting offer is out of stock';
    case 'spot-first':
      return 'spot offers are taken first';
  }
};

/** Whether today's prices, above the price of the plan, are all that keeps an offer from being taken. */
export const isAbovePlan = (spec: OfferSpec, placement: Placement): boolean =>
  placement.kind === 'no-such-offer' && nearestReason(placement) === 'price' && capOf(spec)?.field === 'planId';

/** With both prices for a plan: the caller was shown one of them and pays neither. */
const sayAllTooDear = (spec: OfferSpec, { passedOver }: Pick<Placement, 'passedOver'>): string => {
  const cap = capOf(spec);
  if (cap?.field !== 'planId') return `every offer costs more than ${cap?.field ?? 'the cap'}`;
  const cheapest = cheapestTooDear(passedOver);
  const now = cheapest === null ? 'more' : `${formatUnits(cheapest * spec.gpuNum)} USD per hour`;
  return `the cheapest offer costs ${now} now, and the plan said ${formatUnits(cap.given)} USD per hour`;
};

/** Of the offers whose price alone keeps them from being taken, in 1/100000 USD per GPU and hour. Null: there is none. */
export const cheapestTooDear = (passedOver: Placement['passedOver']): PriceUnits | null => {
  const prices = passedOver.filter(({ code }) => code === 'price').map(({ offer }) => offer.pricePerGpuHour);
  return prices.length > 0 ? Math.min(...prices) : null;
};

/** So many offers are named in a sentence about all of them. */
const MOST_NAMED = 10;

/** Why no offer is taken, with the reason for each offer. A clause without a full stop. */
export const sayAllReasons = (spec: OfferSpec, placement: Pick<Placement, 'passedOver'>): string => {
  const { passedOver } = placement;
  if (passedOver.length === 0) return sayWhyNone(spec, placement);
  const named = passedOver
    .slice(0, MOST_NAMED)
    .map((passed) => `${sayOffer(passed.offer)}: ${sayPassedOver(spec, passed)}`);
  const more = passedOver.length - named.length;
  return `${sayWhyNone(spec, placement)} (${named.join('; ')}${more > 0 ? `; and ${more} more` : ''})`;
};

const sayOffer = ({ productName, regionId, billingMode }: OfferTaken): string =>
  `${productName} in ${regionId} ${billingMode === 'spot' ? 'as spot' : 'on demand'}`;

/** Why one offer is not taken. Says no time, so that the sentence stays the same while the reason does. */
export const sayPassedOver = (spec: OfferSpec, { code, offer, detail }: PassedOver): string => {
  switch (code) {
    case 'gpu-memory-unknown':
      return 'its name does not say how much memory the GPU has';
    case 'gpu-memory':
      return `its GPU has ${String(detail['has'])} GB of memory`;
    case 'billing-mode':
      return 'another billing mode was asked for';
    case 'region':
      return 'another region was asked for';
    case 'volume-region':
      return 'a volume is in another region';
    case 'price':
    case 'wait-price': {
      const cap = capOf(spec);
      return `it costs ${sayPrice(spec, offer, cap)}${cap ? `, above ${sayCap(cap)}` : ''}`;
    }
    case 'disk-size':
      return `it takes root disks of ${offer.minRootfsGb ?? 0} to ${offer.maxRootfsGb ?? 'any'} GB`;
    case 'refused':
    case 'remembered':
      return 'Novita has refused it for lack of capacity';
    case 'no-stock':
      return 'it is out of stock';
    case 'spot-first':
      return 'spot offers are taken first';
  }
};

/** In the unit of the cap: of one GPU, or of the whole machine. */
const sayPrice = ({ gpuNum }: OfferSpec, { pricePerGpuHour }: OfferTaken, cap: PriceCap | null): string =>
  cap?.field === 'maxPricePerGpuHour'
    ? `${formatUnits(pricePerGpuHour)} USD per GPU and hour`
    : `${formatUnits(pricePerGpuHour * gpuNum)} USD per hour`;

const sayNames = ({ productName, gpu }: OfferSpec): string => {
  if (productName !== null) return `"${productName}"`;
  const names = gpu?.names ?? [];
  return names.length === 0 ? 'any product' : names.map((name) => `"${name}"`).join(' or ');
};

/** A cap with its field, as the caller gave it. */
export const sayCap = ({ field, given }: PriceCap): string => `${sayField(field)} (${formatUnits(given)} USD)`;

const sayField = (field: PriceCap['field']): string => (field === 'planId' ? 'the price of the plan' : field);

/** Why a machine is not started. */
export const sayTooDear = (tooDear: StartTooDear): string => {
  const { field, given } = tooDear.cap;
  const cap = `${sayField(field)} is ${formatUnits(given)} USD`;
  switch (tooDear.code) {
    case 'prices-unknown':
      return `Novita does not say what the machine would cost now, and ${cap}.`;
    case 'not-sold':
      return `Novita does not list the machine's product any more, so its price is not known, and ${cap}.`;
    case 'above-cap':
      return `The machine costs ${formatUnits(tooDear.price)} USD per GPU and hour now, more than ${sayCap(tooDear.cap)} allows: it is started when it costs less.`;
  }
};
