import { toMoney, type PriceUnits } from '../../money/price.js';
import type { OfferTaken } from '../../placement/offer.js';
import { sayPassedOver } from '../../placement/placement-words.js';
import type { PlannedOffer, ReclaimLoss } from '../../placement/plan.js';
import type { PlanDto, PlannedOfferDto, PlannedReclaimDto } from './dto/plan.dto.js';
import type { MadePlan } from './plans.service.js';

export const planView = ({ stored, plan, spec }: MadePlan): PlanDto => {
  const { gpuNum } = spec;
  const { id, projectId, createdAt, expiresAt, pricePerHour } = stored;
  return {
    id,
    projectId,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    pricePerHour: pricePerHour === null ? null : toMoney(pricePerHour),
    gpuNum,
    offers: plan.offers.map((offer) => plannedView(offer, gpuNum)),
    passedOver: plan.passedOver.map((passed) => ({
      ...termsOf(passed.offer, gpuNum),
      reason: passed.code,
      detail: sayPassedOver(spec, passed),
    })),
    message: plan.whyNone === null ? null : `Nothing can be bought now: ${plan.whyNone}.`,
  };
};

const plannedView = ({ offer, estimate, because, reclaim }: PlannedOffer, gpuNum: number): PlannedOfferDto => ({
  ...termsOf(offer, gpuNum),
  because,
  stock: offer.stock,
  chance: Math.round(estimate.chance * 100) / 100,
  secondsToReady: Math.round(estimate.secondsToReady),
  costToReady: rounded(estimate.costToReady),
  reclaim: reclaim && reclaimView(reclaim),
});

const reclaimView = ({ onReclaim, noticeSeconds, secondsNotReady, cost }: ReclaimLoss): PlannedReclaimDto => ({
  onReclaim,
  noticeSeconds,
  secondsNotReady: secondsNotReady === null ? null : Math.round(secondsNotReady),
  cost: rounded(cost),
});

const termsOf = (offer: OfferTaken, gpuNum: number) => ({
  productId: offer.productId,
  productName: offer.productName,
  regionId: offer.regionId,
  regionName: offer.regionName,
  billingMode: offer.billingMode,
  pricePerGpuHour: toMoney(offer.pricePerGpuHour),
  pricePerInstanceHour: toMoney(offer.pricePerGpuHour * gpuNum),
});

/** An expected cost is no whole number of units. */
const rounded = (units: PriceUnits) => toMoney(Math.ceil(units));
