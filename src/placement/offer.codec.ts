import { fieldsOf, textOf, UNREADABLE } from '../database/read-json.js';
import { codecOf } from '../database/stored-json.js';
import { OfferTakenShape, type OfferTaken } from './offer.js';

const OFFER_CODEC = codecOf(OfferTakenShape);

export const decodeOffer = (json: unknown): OfferTaken => OFFER_CODEC.decode(json) ?? whatIsLeft(json);

const whatIsLeft = (json: unknown): OfferTaken => {
  const { productId, productName, regionId, regionName, billingMode, pricePerGpuHour } = fieldsOf(json);
  return {
    productId: textOf(productId) ?? UNREADABLE,
    productName: textOf(productName) ?? UNREADABLE,
    regionId: textOf(regionId) ?? UNREADABLE,
    regionName: textOf(regionName) ?? UNREADABLE,
    billingMode: billingMode === 'spot' ? 'spot' : 'onDemand',
    pricePerGpuHour: Number.isSafeInteger(pricePerGpuHour) ? (pricePerGpuHour as number) : 0,
  };
};
