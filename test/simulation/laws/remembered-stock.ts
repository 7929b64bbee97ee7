import type { Law } from './law.js';

export const rememberedStock: Law = {
  name: 'remembered-stock',
  sentence: 'No create is written down for an offer whose last create was refused for lack of stock a moment ago.',
  excuses: [],
  checks: {
    *committed({ after, attempts = [] }, scene) {
      const { policy, skewMs, time } = scene.world;
      for (const { state, offer } of attempts) {
        const refusedAt = state === 'SENDING' ? scene.stock.refused(offer) : null;
        if (refusedAt === null) continue;
        const leftMs = refusedAt + policy.outOfStockSeconds * 1000 - skewMs - time.now;
        if (leftMs > 0) yield `${after.id} asks for ${offer.regionId} ${offer.billingMode} ${leftMs} ms too soon`;
      }
    },
  },
};
