import type { OfferMemoryStore } from '../../catalogue/store/offer-memory-store.js';
import { chooseOffer, type Placement, type PlacementFacts } from '../../placement/choose-offer.js';
import type { Offer } from '../../placement/offer.js';
import type { Clock } from '../../time/clock.js';
import type { InstanceSpec } from '../domain/instance-spec.js';
import { imageKeyOf } from '../transitions/lessons.js';

/**
 * Which of the offers a create buys now. A plan asks the same, so that both agree while nothing changes.
 * @param facts offers that have refused the instance in this round, and where its volumes are
 */
export const findOffer = async (
  memory: OfferMemoryStore,
  clock: Clock,
  spec: InstanceSpec,
  offers: readonly Offer[],
  facts: Pick<PlacementFacts, 'refused' | 'volumes'>,
): Promise<Placement> => {
  const learned = await memory.learned(imageKeyOf(spec));
  return chooseOffer(spec, offers, { ...facts, learned, now: clock.now() });
};
