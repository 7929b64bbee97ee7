import type { Guard } from '../../machines/domain/fleet-guard.js';
import type { Machine } from '../../machines/domain/machine.js';
import { afterFreeSeconds } from '../../time/held-up.js';
import { heldSpans } from '../domain/deadlines.js';
import { boundMachine, type Snapshot } from '../domain/instance.js';
import type { Policy } from '../domain/policy.js';
import { isBoughtSince } from '../domain/spec-update.js';
import { mayBuy } from '../domain/unreadable.js';
import { rest, type Step } from './step.js';

/**
 * What the machine of an instance that should run needs, so that it is as an update says. Null: nothing. Only the current machine is
 * changed: a machine that is to take over is looked at when it has done so. Never while a restart is asked for.
 */
export const stepToUpdate = (
  snapshot: Snapshot,
  machine: Machine,
  guard: Guard,
  now: Date,
  { startTimeoutSeconds }: Policy,
): Step | null => {
  const { instance } = snapshot;
  const { update, replacement, progress } = instance;
  if (snapshot.base || !update || update.isSettled || !mayBuy(instance)) return null;
  if (isBoughtSince(update, machine)) return { do: 'settle-update' };
  const { sent, strategy, state } = update;
  if (strategy === 'replace' && state === 'pending') return null;
  if (replacement && replacement.phase !== 'draining') return null;
  const last = sent?.machineId === machine.machineId ? sent : null;
  if (!last && instance.restartGeneration > progress.restartsDone) return null;
  if (last && now < last.notBefore && !last.acknowledged) return rest(last.notBefore);
  const deadline = last && afterFreeSeconds(last.firstAt, startTimeoutSeconds, heldSpans(snapshot, guard, now));
  return { do: 'update-machine', machine, isLate: deadline !== null && now >= deadline };
};

/** The replacement of a machine that an update asks for. Null: none is to begin. */
export const stepToRenew = (snapshot: Snapshot): Step | null => {
  const { update } = snapshot.instance;
  const machine = boundMachine(snapshot);
  if (update?.strategy !== 'replace' || update.state !== 'pending' || !mayBuy(snapshot.instance)) return null;
  return machine?.observation.state === 'running' && !isBoughtSince(update, machine)
    ? { do: 'begin-replacement', reason: 'update' }
    : null;
};
