import { isGone } from '../../machines/domain/absence.js';
import { isOfSuccessor, seenFromSuccessor } from './replacement.js';
import { openAttempts, type Attempt, type Snapshot } from './instance.js';
import type { Machine } from '../../machines/domain/machine.js';

/**
 * What a machine that carries one of an instance's tags is to it:
 * - `bound`: the one it holds
 * - `successor`: the one that is to take over from it
 * - `draining`: the one that it held before, until it has served what it was asked for
 * - `settling`: the one it has been waiting for
 * - `unrecorded`: it needs a machine, and this one is its own, though the record of its create is lost
 * - `twin`: one too many, and nobody asked for that
 * - `condemned`: one too many, and to be deleted
 * - `tombstoned`: of an instance that a caller deleted
 * - `unknown`: the record of its create is lost, and nothing tells what it is for: a person decides
 */
export type MachineVerdict =
  | 'bound'
  | 'successor'
  | 'draining'
  | 'settling'
  | 'unrecorded'
  | 'twin'
  | 'condemned'
  | 'tombstoned'
  | 'unknown'
  | 'gone';

export const judgeMachine = (snapshot: Snapshot, machine: Machine): MachineVerdict => {
  // what a machine is to the instance does not depend on which of its machines asks
  if (snapshot.base) return judgeMachine(snapshot.base, machine);
  const { instance } = snapshot;
  if (machine.goneAt) return 'gone';
  if (machine.machineId === instance.machineId) return 'bound';
  if (machine.machineId === instance.replacement?.successorId) return 'successor';
  if (instance.desired === 'deleted') return 'tombstoned';
  if (machine.condemnedAt) return 'condemned';
  if (machine.machineId === instance.replacement?.draining?.machineId) return 'draining';
  const attempt = attemptOf(snapshot, machine);
  if (!attempt) return mayTakeIn(snapshot) ? 'unrecorded' : 'unknown';
  return mayAdopt(snapshot, attempt, machine) ? 'settling' : 'twin';
};

/** Whether a machine of this instance is proved gone. */
export const isMachineGone = ({ instance }: Snapshot, machine: Machine, now: Date): boolean =>
  isGone(machine, instance.progress.releases[machine.machineId]?.outcome ?? null, now);

export const attemptOf = ({ attempts }: Snapshot, { attemptNumber }: Machine): Attempt | null =>
  attempts.find(({ number }) => number === attemptNumber) ?? null;

/** Whether the instance lacks a machine, and none can appear that it sent for. */
const mayTakeIn = (snapshot: Snapshot): boolean =>
  snapshot.instance.machineId === null &&
  snapshot.instance.progress.failure === null &&
  openAttempts(snapshot).length === 0;

const mayAdopt = (snapshot: Snapshot, attempt: Attempt, machine: Machine): boolean => {
  const { instance } = snapshot;
  const successor = isOfSuccessor(instance, attempt) ? seenFromSuccessor(snapshot) : null;
  if (successor) return mayAdopt(successor, attempt, machine);
  if (instance.machineId !== null) return false;
  if (attempt.state === 'SENDING' || attempt.state === 'AMBIGUOUS') return true;
  // given up too early: still ours, and cheaper to keep than to buy again
  if (attempt.state === 'ABSENT') return mayTakeIn(snapshot);
  // it was judged lost, and is there after all
  return instance.progress.failure?.code === 'MACHINE_LOST' && attempt.machineId === machine.machineId;
};
