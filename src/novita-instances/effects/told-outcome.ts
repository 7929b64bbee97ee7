import type { SecretsOfOwners } from '../../machines/sweep/fleet-watch.js';
import type { InstanceStore } from '../store/instance-store.js';
import type { ActionOutcome, CreateOutcome, Rejection } from '../../novita-api/novita-client.js';
import { Secrets } from '../../redaction/secrets.js';
import { redacted } from '../../redaction/upstream-text.js';
import type { Snapshot } from '../domain/instance.js';
import type { RejectionSeen } from '../../placement/rejection-policy.js';
import { areSecretsKnown, secretValuesOf } from '../domain/secret-values.js';

/** What became of a request, in words that may be stored and shown. */
export type Told<Outcome> = Outcome extends { rejection: Rejection }
  ? Omit<Outcome, 'rejection'> & { rejection: RejectionSeen }
  : Outcome;

export const secretsOf = (snapshot: Snapshot): Secrets =>
  areSecretsKnown(snapshot) ? new Secrets(secretValuesOf(snapshot)) : Secrets.UNKNOWN;

/** The same of many instances, by their ids. */
export const secretsOfOwners =
  (store: Pick<InstanceStore, 'loadAll'>): SecretsOfOwners =>
  async (instanceIds) =>
    new Map((await store.loadAll(instanceIds)).map((snapshot) => [snapshot.instance.id, secretsOf(snapshot)]));

export function toldOutcome(outcome: CreateOutcome, secrets: Secrets): Told<CreateOutcome>;
export function toldOutcome(outcome: ActionOutcome, secrets: Secrets): Told<ActionOutcome>;
export function toldOutcome(
  outcome: CreateOutcome | ActionOutcome,
  secrets: Secrets,
): Told<CreateOutcome | ActionOutcome> {
  if (outcome.kind !== 'rejected') return outcome;
  const { reason, message, httpStatus, retryAfterSeconds } = outcome.rejection;
  return {
    kind: 'rejected',
    rejection: { reason: redacted(reason, secrets), message: message.redact(secrets), httpStatus, retryAfterSeconds },
  };
}
