import { chanceOf, offerKeyOf, type Learned, type OfferKey } from '../catalogue/domain/offer-memory.js';
import type { PriceUnits } from '../money/price.js';

/** What is expected of an offer, from what was learned of it. */
export interface Estimate {
  /** That a create for it is accepted, between 0 and 1. */
  chance: number;
  /** From a create to a workload that answers. All of it is billed. */
  secondsToReady: number;
  /** What the whole machine costs until then, in 1/100000 USD: dearer the less likely the offer accepts. */
  costToReady: PriceUnits;
  /** In 1/100000 USD, of the whole machine. */
  pricePerHour: PriceUnits;
}

/** About what an image of some gigabytes takes. Too short would make the first offer that was tried look slow, too long look quick. */
const SUPPOSED_SECONDS_TO_READY = 300;

/**
 * @param learned with the pulls of the image that the machine is to run: these say more than what other images took on the same offer
 */
export const estimateOf = (
  offer: OfferKey & { pricePerGpuHour: PriceUnits },
  gpuNum: number,
  learned: Learned,
  now: Date,
): Estimate => {
  const memory = learned.offers.get(offerKeyOf(offer));
  const chance = chanceOf(memory, now);
  const secondsToReady =
    learned.pulls.get(offer.regionId)?.seconds ?? memory?.ready?.seconds ?? SUPPOSED_SECONDS_TO_READY;
  const pricePerHour = offer.pricePerGpuHour * gpuNum;
  return { chance, secondsToReady, costToReady: (pricePerHour * secondsToReady) / 3_600 / chance, pricePerHour };
};

/**
 * By this offers are ranked: the way to a machine that is ready, and its first hour. With the way alone, a machine at twice the price that
 * pulls in half the time would do as well, and it is kept for hours. Of offers of which nothing was learned, the cheapest ranks first.
 */
export const rankingCost = ({ costToReady, pricePerHour }: Estimate): number => costToReady + pricePerHour;
