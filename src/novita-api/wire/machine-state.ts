import type { MachineState, SeenMachine } from '../novita-client.js';
import { readCount } from './read-fields.js';

/** Novita's status words in lower case; older records have them capitalised. */
const STATES: ReadonlyMap<string, MachineState> = new Map<string, MachineState>([
  ['pending', 'queued'],
  ['tocreate', 'queued'],
  ['creating', 'creating'],
  ['pulling', 'pulling'],
  ['tostart', 'starting'],
  ['starting', 'starting'],
  ['torestart', 'starting'],
  ['restarting', 'starting'],
  ['toreset', 'starting'],
  ['resetting', 'starting'],
  ['running', 'running'],
  ['tostop', 'stopping'],
  ['stopping', 'stopping'],
  ['exited', 'exited'],
  ['migrating', 'migrating'],
  ['freezing', 'freezing'],
  ['toremove', 'removing'],
  ['removing', 'removing'],
  ['removed', 'removed'],
]);

export const machineState = (statusWord: string): MachineState => STATES.get(statusWord.toLowerCase()) ?? 'unknown';

/** Reads Unix seconds. Novita sends text, and "0" for no time. */
export function readTime(value: unknown): Date | null {
  const seconds = readCount(value);
  return seconds !== null && seconds > 0 && seconds < 1e11 ? new Date(seconds * 1000) : null;
}

/**
 * The spot state of a machine. An empty word means that the machine is not spot or was stopped by hand, whatever the time says. Without a
 * word, the time decides. `reclaimed` occurs in a client's tests.
 */
export function spotState(word: unknown, reclaimTime: unknown, state: MachineState): SeenMachine['spot'] {
  const reclaimAt = readTime(reclaimTime);
  switch (typeof word === 'string' ? word.trim().toLowerCase() : null) {
    case '':
      return null;
    case 'notified':
      return { state: 'notified', reclaimAt };
    case 'reclaiming':
      return { state: 'reclaiming', reclaimAt };
    case 'terminated':
    case 'reclaimed':
      return { state: 'terminated', reclaimAt };
    case null:
      return reclaimAt ? { state: state === 'exited' ? 'terminated' : 'reclaiming', reclaimAt } : null;
    default:
      return { state: reclaimAt && state === 'exited' ? 'terminated' : 'running', reclaimAt };
  }
}
