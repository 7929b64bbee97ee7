import Type, { type Static } from 'typebox';
import { PortShape, type EnvVar } from '../../placement/machine-spec.js';
import type { UpdateFailureCode, UpdateState, UpdateStrategy } from '../../vocabulary/update.js';
import { nullable, Time, word } from '../../vocabulary/shape.js';

/** Fields of a spec that are part of a machine: a change of them touches it. */
export const MACHINE_FIELDS = ['image', 'registryAuthId', 'command', 'envs', 'ports', 'rootfsSizeGb'] as const;
export type MachineField = (typeof MACHINE_FIELDS)[number];

/** An edit or upgrade that was sent to Novita. */
const SentChangeShape = Type.Object({
  verb: word<'edit' | 'upgrade'>(),
  machineId: Type.String(),
  /** When Novita was first asked for this update of this machine: its deadline runs from here. */
  firstAt: Time,
  /** When the last request was sent, and from then on when it was acknowledged. */
  sentAt: Time,
  acknowledged: Type.Boolean(),
  /** Whether it may have been carried out: no answer came, or its answer does not tell. */
  doubtful: Type.Boolean(),
  tries: Type.Integer(),
  /** How many of those may have been carried out. */
  unseen: Type.Integer(),
  /** Not before this time again. */
  notBefore: Time,
  /** What the last try met when it was not acknowledged. */
  refusal: nullable(Type.String()),
});
export type SentChange = Static<typeof SentChangeShape>;

/** The last update of an instance that touches its machine. Stored as JSON, as progress is; variables are sealed. */
export const SpecUpdateShape = Type.Object({
  /** That the update made. */
  generation: Type.Integer(),
  strategy: word<UpdateStrategy>(),
  state: word<UpdateState>(),
  /** What it changes. */
  fields: Type.Array(word<MachineField>()),
  since: Time,
  endedAt: nullable(Time),
  /** Machines of attempts from this number on were bought by the spec as it is now. */
  firstAttempt: Type.Integer(),
  /** Whether the current machine is known to be as the spec says. After a failed update that may still have to be brought about. */
  isSettled: Type.Boolean(),
  /** Whether an earlier update that has failed may have changed the current machine. */
  isTouched: Type.Boolean({ default: false }),
  /** The spec before it, as long as it is pending. */
  before: nullable(
    Type.Object({
      image: nullable(Type.String()),
      registryAuthId: nullable(Type.String()),
      command: nullable(Type.String()),
      ports: nullable(Type.Array(PortShape)),
      rootfsSizeGb: nullable(Type.Integer()),
    }),
  ),
  sent: nullable(SentChangeShape),
  /** Until then a request without an answer may still be carried out. */
  doubtUntil: nullable(Time),
  failure: nullable(Type.Object({ code: word<UpdateFailureCode>(), message: Type.String() })),
});
export type StoredSpecUpdate = Static<typeof SpecUpdateShape>;
type StoredBefore = NonNullable<StoredSpecUpdate['before']>;

export interface SpecUpdate extends Omit<StoredSpecUpdate, 'before'> {
  before: (StoredBefore & { envs: EnvVar[] }) | null;
}
