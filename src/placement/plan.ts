/** What a request would buy now, and what that would cost. A plan buys nothing, and holds no offer for anyone. */
import type { PriceUnits } from '../money/price.js';
import type { OnReclaim } from '../vocabulary/on-reclaim.js';
import type { PassedOver, Placement, RankedOffer } from './choose-offer.js';
import type { OfferSpec } from './machine-spec.js';
import { sayWhyNone } from './placement-words.js';

/** A request is planned at prices of this moment: later they may be others, and the ceiling would refuse every offer. */
export const PLAN_LIFETIME_SECONDS = 900;

/** Novita announces a reclaim about so long before it takes the machine. */
const NOTICE_SECONDS = 3_600;

/** What a request costs when Novita takes its spot machine back. Whatever is on the machine's disk is lost each time. */
export interface ReclaimLoss {
  onReclaim: OnReclaim;
  noticeSeconds: number;
  /** How long the workload does not answer. Null: until somebody starts the instance. */
  secondsNotReady: number | null;
  /** What is paid for the new machine until it is ready, in 1/100000 USD. */
  cost: PriceUnits;
}

export interface PlannedOffer extends RankedOffer {
  /** Null: the offer is on demand, and is not taken back. */
  reclaim: ReclaimLoss | null;
}

export interface Plan {
  /** In the order in which they would be bought. */
  offers: PlannedOffer[];
  passedOver: PassedOver[];
  /** Of the whole machine, in 1/100000 USD: the ceiling of a create with this plan. Null: no offer can be bought now. */
  pricePerHour: PriceUnits | null;
  /** Why no offer can be bought now, as a clause. Null: one can. */
  whyNone: string | null;
}

export const planOf = (spec: OfferSpec & { onReclaim: OnReclaim }, placement: Placement): Plan => {
  const ranked = placement.kind === 'offer' ? placement.ranked : [];
  return {
    offers: ranked.map((offer) => ({ ...offer, reclaim: reclaimLoss(spec, offer) })),
    passedOver: placement.passedOver,
    pricePerHour: ranked[0]?.estimate.pricePerHour ?? null,
    whyNone: ranked.length > 0 ? null : sayWhyNone(spec, placement),
  };
};

const reclaimLoss = ({ onReclaim }: { onReclaim: OnReclaim }, { offer, estimate }: RankedOffer): ReclaimLoss | null => {
  if (offer.billingMode !== 'spot') return null;
  const { secondsToReady, costToReady } = estimate;
  const loss = { onReclaim, noticeSeconds: NOTICE_SECONDS };
  switch (onReclaim) {
    case 'replace':
      // the new machine boots while the old one serves
      return { ...loss, secondsNotReady: Math.max(0, secondsToReady - NOTICE_SECONDS), cost: costToReady };
    case 'wait':
      return { ...loss, secondsNotReady: secondsToReady, cost: costToReady };
    case 'none':
      return { ...loss, secondsNotReady: null, cost: 0 };
  }
};
