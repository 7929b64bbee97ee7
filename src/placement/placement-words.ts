/** What placement decided, in sentences that a caller can act on. */
import { formatUnits } from '../money/price.js';
import { nearestReason, type Placement } from './choose-offer.js';
import type { OfferSpec } from './machine-spec.js';
import type { StartTooDear } from './price-cap.js';

/** Why no offer is taken: a clause without a full stop. */
export const sayWhyNone = (spec: OfferSpec, placement: Pick<Placement, 'passedOver'>): string => {
  const { productName, billingMode, regions } = spec;
  switch (nearestReason(placement)) {
    case null:
      return `no product is called "${productName}"`;
    case 'billing-mode':
      return `"${productName}" is not offered with billing mode ${billingMode}`;
    case 'region':
      return `"${productName}" is not offered in ${regions.join(', ')}`;
    case 'price':
      return 'every offer costs more than maxPricePerGpuHour';
    case 'disk-size':
      return 'no offer has a root disk of the size that was asked for';
    case 'refused':
      return 'every fitting offer was refused for lack of capacity';
    case 'no-stock':
      return 'every fitting offer is out of stock';
  }
};

/** Why a machine is not started. */
export const sayTooDear = (tooDear: StartTooDear): string => {
  const cap = formatUnits(tooDear.cap);
  switch (tooDear.code) {
    case 'prices-unknown':
      return `Novita does not say what the machine would cost now, and maxPricePerGpuHour is ${cap} USD.`;
    case 'not-sold':
      return `Novita does not list the machine's product any more, so nobody knows what it would cost, and maxPricePerGpuHour is ${cap} USD.`;
    case 'above-cap':
      return `The machine costs ${formatUnits(tooDear.price)} USD per GPU and hour now, more than maxPricePerGpuHour (${cap} USD): it is started when it costs less.`;
  }
};
