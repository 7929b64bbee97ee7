import { fieldsOf, textOf, timeOf } from '../../database/read-json.js';
import { codecOf } from '../../database/stored-json.js';
import {
  CreatesPauseShape,
  FREEZE_REASONS,
  FreezeShape,
  type CreatesPause,
  type Freeze,
} from '../domain/fleet-guard.js';
import { NO_SIGHT, SightShape, type Sight } from '../domain/sight.js';

const FREEZE_CODEC = codecOf(FreezeShape);
const PAUSE_CODEC = codecOf(CreatesPauseShape);
const SIGHT_CODEC = codecOf(SightShape);

/** Null only when there is none: in doubt the fleet is frozen, until a person resumes it. */
export const decodeFreeze = (json: unknown): Freeze | null => {
  if (json === null) return null;
  const freeze = FREEZE_CODEC.decode(json);
  if (freeze) return freeze;
  const { at, why, detail } = fieldsOf(json);
  return {
    at: timeOf(at) ?? new Date(0),
    why: FREEZE_REASONS.find((reason) => reason === why) ?? 'restored-database',
    detail:
      textOf(detail) ?? 'What is stored of a freeze cannot be read: look over the machines, and resume the fleet.',
  };
};

/** Null when there is none, or none that can be read: Novita says again why it refuses. */
export const decodePause = (json: unknown): CreatesPause | null => PAUSE_CODEC.decode(json);

export const decodeSight = (json: unknown): Sight => SIGHT_CODEC.decode(json) ?? sightLeft(json);

const sightLeft = (json: unknown): Sight => {
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
