import type { Catalogue } from '../catalogue/catalogue.js';
import type { TemplateUsed } from './machine-order.js';
import type { VolumePlace } from './choose-offer.js';
import type { Offer } from './offer.js';

/** What can be bought. Throws DomainError CATALOGUE_UNAVAILABLE when Novita does not say. */
export interface Market {
  /** `fresh`: the last round found nothing, so an old answer is of no use. */
  currentOffers(fresh: boolean): Promise<Offer[]>;
  /** Of any age, and so at once: to say what things cost, never to buy by. */
  knownOffers(): Promise<Offer[]>;
  /** Null when Novita has no such template. */
  template(templateId: string): Promise<TemplateUsed | null>;
  /** Where these volumes are. One that Novita does not have is left out. */
  volumes(ids: readonly string[]): Promise<VolumePlace[]>;
}

/** DI token for the {@link Market}. */
export const MARKET = Symbol('MARKET');

/** After a round without capacity, an older answer of the catalogue is of no use. */
const FRESH_OFFERS_SECONDS = 10;

export const marketOf = (catalogue: Catalogue): Market => ({
  // a price from last week would break the promise of a cap: what money is spent by is never older than the cache allows
  currentOffers: async (fresh) => (await catalogue.offers(fresh ? FRESH_OFFERS_SECONDS : catalogue.cacheSeconds)).value,
  knownOffers: async () => (await catalogue.offers()).value,
  template: (templateId) => catalogue.template(templateId),
  volumes: async (ids) => (await catalogue.volumes(ids)).value.filter(({ volumeId }) => ids.includes(volumeId)),
});
