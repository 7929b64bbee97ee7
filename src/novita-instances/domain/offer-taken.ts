import Type, { type Static } from 'typebox';
import type { BillingMode } from '../../vocabulary/billing-mode.js';
import { word } from '../../vocabulary/shape.js';

/** The offer that an attempt took, as it was when the attempt was recorded. */
export const OfferTakenShape = Type.Object({
  productId: Type.String(),
  productName: Type.String(),
  regionId: Type.String(),
  regionName: Type.String(),
  billingMode: word<BillingMode>(),
  /** 1/100000 USD. */
  pricePerGpuHour: Type.Integer(),
});
export type OfferTaken = Static<typeof OfferTakenShape>;
