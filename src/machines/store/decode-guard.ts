import { fieldsOf, textOf, timeOf, UNREADABLE } from '../../database/read-json.js';
import { WAIT_REASONS } from '../../vocabulary/wait-reason.js';
import { FREEZE_REASONS, type CreatesPause, type Freeze } from '../domain/fleet-guard.js';
import { NO_SIGHT, type Sight } from '../domain/sight.js';

/** Null only when there is none: in doubt the fleet is frozen, until a person resumes it. */
export const decodeFreeze = (json: unknown): Freeze | null => {
  if (json === null) return null;
  const { at, why, detail } = fieldsOf(json);
  return {
    at: timeOf(at) ?? new Date(0),
    why: FREEZE_REASONS.find((reason) => reason === why) ?? 'restored-database',
    detail:
      textOf(detail) ?? 'What is stored of a freeze cannot be read: look over the machines, and resume the fleet.',
  };
};

/** Null when there is none, or none that can be read: Novita says again why it refuses. */
export const decodePause = (json: unknown): CreatesPause | null => {
  const { until, waitingFor, detail, tries } = fieldsOf(json);
  const time = timeOf(until);
  const reason = WAIT_REASONS.find((one) => one === waitingFor);
  if (time === null || reason === undefined || !Number.isSafeInteger(tries)) return null;
  return { until: time, waitingFor: reason, detail: textOf(detail) ?? UNREADABLE, tries: tries as number };
};

export const decodeSight = (json: unknown): Sight => {
  const { seenAt, blindSince, held } = fieldsOf(json);
  if (!Array.isArray(held)) return NO_SIGHT;
  return {
    seenAt: timeOf(seenAt),
    blindSince: timeOf(blindSince),
    held: held.flatMap((span: unknown) => {
      const [from, to] = [timeOf(fieldsOf(span)['from']), timeOf(fieldsOf(span)['to'])];
      return from && to ? [{ from, to }] : [];
    }),
  };
};
