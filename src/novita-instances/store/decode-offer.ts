import { fieldsOf, textOf, UNREADABLE } from '../../database/read-json.js';
import type { OfferTaken } from '../domain/instance.js';

export const decodeOffer = (json: unknown): OfferTaken => {
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
