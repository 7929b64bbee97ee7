import type { OfferKey } from '../../../src/catalogue/domain/offer-memory.js';
import type { SimOffer } from '../sim-offer.js';
import { DECISION_MS } from './allowances.js';
import type { Excuse, Law } from './law.js';
import { isAbovePriceCap } from './price-cap.js';
import type { Scene } from './scene.js';

const changedJustNow: Excuse<SimOffer> = {
  when: `the price or the stock of the offer changed within the last ${DECISION_MS / 1000} seconds`,
  why: 'a create is decided by what was sold a moment before',
  applies: ({ world }, { pricedAt, stockedAt }) => world.time.now - Math.max(pricedAt, stockedAt) <= DECISION_MS,
};

/** Whether it may be remembered that the offer is out of stock. */
const isRemembered = (offer: OfferKey, { stock, world }: Scene): boolean => {
  const refusedAt = stock.refused(offer);
  const forMs = world.policy.outOfStockSeconds * 1000 + world.skewMs + DECISION_MS;
  return refusedAt !== null && world.time.now <= refusedAt + forMs;
};

export const spotFirst: Law = {
  name: 'spot-first',
  sentence: 'A request for spot, or else on demand, buys on demand only when no spot offer can be had.',
  excuses: [changedJustNow],
  checks: {
    *recordedCreateLeaves({ name, attempt, snapshot }, scene) {
      const { spec } = snapshot.instance;
      if (!spec.orOnDemand || attempt.offer.billingMode === 'spot') return;
      const { world } = scene;
      world.count('bought on demand for want of spot');
      for (const offer of world.novita.offers) {
        const { productId, clusterId, stock, soldOut, spotPrice } = offer;
        if (stock < 1 || soldOut === 'spot' || isAbovePriceCap(spec, spotPrice)) continue;
        const spot = { productId, regionId: clusterId, billingMode: 'spot' } as const;
        const isRefused = snapshot.attempts.some(
          ({ state, round, offer: { regionId, billingMode } }) =>
            state === 'REJECTED' && round === attempt.round && regionId === clusterId && billingMode === 'spot',
        );
        if (isRefused || isRemembered(spot, scene) || changedJustNow.applies(scene, offer)) continue;
        yield `${name} buys on demand, and spot in ${clusterId} is free`;
      }
    },
  },
};
