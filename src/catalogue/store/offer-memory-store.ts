import type { Learned } from '../domain/offer-memory.js';

/** DI token for the {@link OfferMemoryStore}. */
export const OFFER_MEMORY = Symbol('OFFER_MEMORY');

/**
 * What is remembered of offers. It is written by the store of instances, in the transaction of the change that taught it.
 */
export interface OfferMemoryStore {
  /** @param image whose pulls are asked about; null: of none */
  learned(image: string | null): Promise<Learned>;
  /** Deletes what was learned last before then, so many rows at most, and answers with how many. */
  deleteOldMemory(before: Date, limit: number): Promise<number>;
}
