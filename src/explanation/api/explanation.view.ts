import { toMoney } from '../../money/price.js';
import { attemptsView } from '../../novita-instances/api/instance.view.js';
import type { Snapshot } from '../../novita-instances/domain/instance.js';
import type { Standing } from '../../novita-instances/store/capacity-store.js';
import type { Explanation } from '../explain.js';
import type { ExplainedWaitDto, ExplanationDto } from './explanation.dto.js';

/** @param standing where it stands among those that wait for capacity; null: it does not wait */
export const explanationView = (
  snapshot: Snapshot,
  explanation: Explanation,
  standing: Standing | null,
): ExplanationDto => {
  const { status, message, waitingFor, next, capacityWait, deadline, pricePerHour, allowedActions, advice } =
    explanation;
  return {
    id: snapshot.instance.id,
    status,
    statusMessage: message,
    waitingFor,
    next: { step: next.step, slot: next.slot, at: next.at?.toISOString() ?? null },
    capacityWait: capacityWait && standing && waitView(capacityWait, standing, snapshot.instance.spec.gpuNum),
    deadline: deadline && { ...deadline, at: deadline.at.toISOString() },
    pricePerHour: toMoney(pricePerHour),
    attempts: attemptsView(snapshot),
    allowedActions,
    advice,
  };
};

const waitView = (
  { since, slot, offer }: NonNullable<Explanation['capacityWait']>,
  { ahead, lookedAt }: Standing,
  gpuNum: number,
): ExplainedWaitDto => ({
  slot,
  since: since.toISOString(),
  ahead,
  lookedAt: lookedAt?.toISOString() ?? null,
  offer: offer && {
    ...offer,
    pricePerGpuHour: toMoney(offer.pricePerGpuHour),
    pricePerInstanceHour: toMoney(offer.pricePerGpuHour * gpuNum),
  },
});
