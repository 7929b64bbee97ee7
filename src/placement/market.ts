import type { Catalogue } from '../catalogue/catalogue.js';
import type { TemplateUsed } from './machine-order.js';
import type { VolumePlace } from './choose-offer.js';
import type { OfferSpec } from './machine-spec.js';
import type { Offer } from './offer.js';

/** What can be bought. Throws DomainError CATALOGUE_UNAVAILABLE when Novita does not say. */
export interface Market {
  /** `fresh`: an old answer is of no use, since the last round found nothing, or a price of this moment is promised. */
  currentOffers(fresh: boolean): Promise<Offer[]>;
  /** Of any age, and so at once: to say what things cost, never to buy by. */
  knownOffers(): Promise<Offer[]>;
  /** Null when Novita has no such template. */
  template(templateId: string): Promise<TemplateUsed | null>;
  /** Where the volumes of these requests are. One that Novita does not have is left out. Asks nothing when none has any. */
  volumesOf(specs: readonly Pick<OfferSpec, 'volumes'>[]): Promise<VolumePlace[]>;
}

/** DI token for the {@link Market}. */
export const MARKET = Symbol('MARKET');

export const marketOf = (catalogue: Catalogue): Market => ({
  // a price from last week would break the promise of a cap: what money is spent by is never older than the cache allows
  currentOffers: async (fresh) =>
    (await catalogue.offers(fresh ? catalogue.freshSeconds : catalogue.cacheSeconds)).value,
  knownOffers: async () => (await catalogue.offers()).value,
  template: (templateId) => catalogue.template(templateId),
  volumesOf: async (specs) => {
    const ids = specs.flatMap(({ volumes }) => volumes.map(({ id }) => id));
    return ids.length === 0 ? [] : (await catalogue.volumes(ids)).value;
  },
});
