/** What placement decided, in sentences that a caller can act on. */
import { formatUnits } from '../money/price.js';
import { nearestReason, type Placement } from './choose-offer.js';
import type { OfferSpec } from './machine-spec.js';
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
      return `every offer costs more than ${capOf(spec)?.field ?? 'the cap'}`;
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

const sayNames = ({ productName, gpu }: OfferSpec): string => {
  if (productName !== null) return `"${productName}"`;
  const names = gpu?.names ?? [];
  return names.length === 0 ? 'any product' : names.map((name) => `"${name}"`).join(' or ');
};

/** A cap with its field, as the caller gave it. */
export const sayCap = ({ field, given }: PriceCap): string => `${field} (${formatUnits(given)} USD)`;

/** Why a machine is not started. */
export const sayTooDear = (tooDear: StartTooDear): string => {
  const { field, given } = tooDear.cap;
  const cap = `${field} is ${formatUnits(given)} USD`;
  switch (tooDear.code) {
    case 'prices-unknown':
      return `Novita does not say what the machine would cost now, and ${cap}.`;
    case 'not-sold':
      return `Novita does not list the machine's product any more, so its price is not known, and ${cap}.`;
    case 'above-cap':
      return `The machine costs ${formatUnits(tooDear.price)} USD per GPU and hour now, more than ${sayCap(tooDear.cap)} allows: it is started when it costs less.`;
  }
};
