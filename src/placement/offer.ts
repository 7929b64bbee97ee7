import Type, { type Static } from 'typebox';
import type { BillingMode } from '../vocabulary/billing-mode.js';
import { word } from '../vocabulary/shape.js';
import type { StockLevel } from '../vocabulary/stock-level.js';

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

/** An offer of the catalogue, as far as placement looks at it. */
export interface Offer extends OfferTaken {
  available: boolean;
  stock: StockLevel;
  minRootfsGb: number | null;
  maxRootfsGb: number | null;
}
