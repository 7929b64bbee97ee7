import { toMoney } from '../../money/price.js';
import { attemptsView } from '../../novita-instances/api/instance.view.js';
import type { Snapshot } from '../../novita-instances/domain/instance.js';
import type { Explanation } from '../explain.js';
import type { ExplanationDto } from './explanation.dto.js';

export const explanationView = (snapshot: Snapshot, explanation: Explanation): ExplanationDto => {
  const { status, message, waitingFor, next, deadline, pricePerHour, allowedActions, advice } = explanation;
  return {
    id: snapshot.instance.id,
    status,
    statusMessage: message,
    waitingFor,
    next: { step: next.step, slot: next.slot, at: next.at?.toISOString() ?? null },
    deadline: deadline && { ...deadline, at: deadline.at.toISOString() },
    pricePerHour: toMoney(pricePerHour),
    attempts: attemptsView(snapshot),
    allowedActions,
    advice,
  };
};
