import { offerKeyOf, type OfferKey } from '../../../../src/catalogue/domain/offer-memory.js';
import type { Attempt } from '../../../../src/novita-instances/domain/instance.js';

/** Which creates are on record as refused for lack of stock, and when they were decided. Times are virtual milliseconds. */
export class StockHistory {
  private readonly refusedAt = new Map<string, number>();

  /** An attempt was written. Says whether it tells of an empty stock. */
  wrote({ state, reason, offer, decidedAt }: Attempt): boolean {
    if (state === 'ACCEPTED') this.refusedAt.delete(offerKeyOf(offer));
    if (state !== 'REJECTED' || reason !== 'INSUFFICIENT_RESOURCE' || !decidedAt) return false;
    this.refusedAt.set(offerKeyOf(offer), decidedAt.getTime());
    return true;
  }

  /** When the last create for the offer was refused, unless another was accepted since. */
  refused(offer: OfferKey): number | null {
    return this.refusedAt.get(offerKeyOf(offer)) ?? null;
  }

  rolledBack(): void {
    this.refusedAt.clear();
  }
}
