import type { LedgerEntry } from '../novita-simulator/ledger.js';
import { byInstance, isLive } from './books.js';
import type { SeenInstance } from './orders.js';

/**
 * What is not yet as it should be after the last request, as sentences: an instance in a moving state, with a status that differs from
 * Novita's state, or not in its desired state. Empty: everything is at rest and correct.
 */
export const unsettled = (instances: readonly SeenInstance[], ledger: readonly LedgerEntry[]): string[] => {
  const machines = byInstance(ledger);
  return instances.flatMap((instance) => {
    const live = (machines.get(instance.id) ?? []).filter(isLive);
    const wrong = wrongWith(instance, live);
    return wrong === null ? [] : [`${instance.id} (${instance.name}) is ${instance.status}, but ${wrong}`];
  });
};

const wrongWith = (instance: SeenInstance, live: LedgerEntry[]): string | null => {
  const { status, desiredState, machine } = instance;
  const [only, ...more] = live;
  if (more.length > 0) return `${live.length} machines live: ${live.map(({ machineId }) => machineId).join(', ')}`;
  if (only && machine?.id !== only.machineId) return `machine ${only.machineId}, which it does not hold, lives`;
  const truth = only?.status ?? 'gone';
  switch (status) {
    case 'deleted':
      if (desiredState !== 'deleted') return 'nobody wanted that';
      return only ? `its machine is ${truth}` : null;
    case 'ready':
      if (desiredState !== 'running') return `it is wanted ${desiredState}`;
      return truth === 'running' ? null : `its machine is ${truth}`;
    case 'stopped':
      if (desiredState !== 'stopped') return `it is wanted ${desiredState}`;
      return truth === 'exited' || truth === 'gone' ? null : `its machine is ${truth}`;
    case 'failed':
      if (desiredState === 'deleted') return 'it is wanted deleted';
      return truth === 'exited' || truth === 'gone' ? null : `its machine is ${truth}`;
    default:
      return `that is no rest (wanted ${desiredState}; its machine is ${truth})`;
  }
};
