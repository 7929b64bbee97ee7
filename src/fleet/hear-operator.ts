import type { ErrorCode } from '../errors/error-codes.js';
import { addSeconds, secondsBetween } from '../time/clock.js';
import { boundMachine, type Attempt, type Snapshot } from '../novita-instances/domain/instance.js';
import type { Progress } from '../novita-instances/domain/progress.js';
import type { Machine } from '../machines/domain/machine.js';
import { DECLARED_ABSENT, DECLARED_GONE } from '../novita-instances/domain/disproved-word.js';
import { SEEN_LATELY_SECONDS } from '../novita-instances/domain/policy.js';

/**
 * What a person says of Novita that the code could not find out. Promises: a word is taken only where nothing that was seen
 * contradicts it, it never buys a machine beside one that is known, and what it says is marked. When it turns out to be wrong,
 * that is told, and the machine is treated as every other that is there.
 */

export type Heard<Believed> =
  | { kind: 'refused'; code: ErrorCode; why: string; retryAfterSeconds?: number }
  /** It is known already: repeating it changes nothing. */
  | { kind: 'unchanged' }
  | { kind: 'believed'; change: Believed };

/**
 * A person says that a create has made no machine.
 * @param suspectId a stranger whose environment carries the tag of this create
 */
export const hearAbsent = (
  snapshot: Snapshot,
  number: number,
  suspectId: string | null,
  now: Date,
): Heard<{ attempts: Attempt[] }> => {
  const attempt = snapshot.attempts.find((one) => one.number === number);
  if (!attempt) return refused('ATTEMPT_NOT_FOUND', `Instance "${snapshot.instance.name}" has no such attempt.`);
  const { state, settleAfter } = attempt;
  if (state === 'ABSENT') return { kind: 'unchanged' };
  if (state !== 'AMBIGUOUS') return refused('ATTEMPT_NOT_IN_DOUBT', `Attempt ${number} is ${state}.`);
  const known = snapshot.machines.find((one) => one.goneAt === null && one.attemptNumber === number);
  const machineId = known?.machineId ?? suspectId;
  if (machineId !== null) {
    return refused('ATTEMPT_HAS_MACHINE', `Machine ${machineId} carries the tag of attempt ${number}.`);
  }
  if (now < settleAfter) {
    return {
      ...refused('ATTEMPT_NOT_SETTLED', `Attempt ${number} may come true until ${settleAfter.toISOString()}.`),
      retryAfterSeconds: secondsBetween(now, settleAfter),
    };
  }
  const message = 'An operator said that this create made no machine.';
  return {
    kind: 'believed',
    change: { attempts: [{ ...attempt, state: 'ABSENT', reason: DECLARED_ABSENT, message, decidedAt: now }] },
  };
};

/** A person says that a machine which is to go is gone. */
export const hearGone = (
  snapshot: Snapshot,
  machineId: string,
  now: Date,
): Heard<{ machine: Machine; releases: Progress['releases'] }> => {
  const machine = snapshot.machines.find((one) => one.machineId === machineId);
  if (!machine)
    return refused('MACHINE_NOT_FOUND', `Instance "${snapshot.instance.name}" has no machine ${machineId}.`);
  if (machine.goneAt) return { kind: 'unchanged' };
  if (!isToGo(snapshot, machine))
    return refused('MACHINE_NOT_LEAVING', `Nobody has asked for machine ${machineId} to go.`);
  const believedFrom = addSeconds(machine.observedAt, SEEN_LATELY_SECONDS);
  if (now < believedFrom) {
    return {
      ...refused(
        'MACHINE_SEEN_LATELY',
        `Novita has shown machine ${machineId} as "${machine.observation.statusWord}" at ${machine.observedAt.toISOString()}.`,
      ),
      retryAfterSeconds: secondsBetween(now, believedFrom),
    };
  }
  const { releases } = snapshot.instance.progress;
  const said = 'an operator said that it is gone';
  const mark = { since: now, tries: 0, notBefore: now, outcome: DECLARED_GONE, said };
  return { kind: 'believed', change: { machine, releases: { ...releases, [machineId]: mark } } };
};

/** Whether somebody has decided that this machine goes. */
const isToGo = (snapshot: Snapshot, machine: Machine): boolean => {
  const { desired, progress } = snapshot.instance;
  const isBound = boundMachine(snapshot) === machine;
  return desired === 'deleted' || machine.condemnedAt !== null || (isBound && progress.failure?.machine === 'release');
};

const refused = (code: ErrorCode, why: string) => ({ kind: 'refused', code, why }) as const;
