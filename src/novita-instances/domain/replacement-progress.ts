import Type, { type Static } from 'typebox';
import type { ReplacementPhase, ReplacementReason } from '../../vocabulary/replacement.js';
import { nullable, SpanShape, Time, word } from '../../vocabulary/shape.js';
import { PlacementProgressShape, ReadinessProgressShape, SentActionShape } from './progress.js';

/** How far the replacement of a machine has come. Stored as JSON, as progress is. */
export const ReplacementShape = Type.Object({
  reason: word<ReplacementReason>(),
  phase: word<ReplacementPhase>(),
  since: Time,
  /** Attempts from this number on are of the successor, until it has its machine. */
  firstAttempt: Type.Integer(),
  successorId: nullable(Type.String()),
  /** As in the progress of an instance, of the successor. */
  placement: PlacementProgressShape,
  heldUp: Type.Array(SpanShape),
  action: nullable(SentActionShape),
  readiness: ReadinessProgressShape,
  /** The last restart that the successor has seen. Null: an earlier release wrote this, and it has seen all. */
  restartsDone: Type.Union([Type.Integer(), Type.Null()], { default: null }),
  /** The machine that was replaced, and when it is deleted. */
  draining: nullable(Type.Object({ machineId: Type.String(), until: Time })),
});
export type Replacement = Static<typeof ReplacementShape>;
