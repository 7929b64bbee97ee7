import type { Machine } from '../../machines/domain/machine.js';
import type { Attempt, Snapshot } from './instance.js';
import { attemptOf } from './machine-verdict.js';
import type { Progress } from './progress.js';

/** Why a create is written off, or a machine recorded as gone, that was not proved to be absent. */
export const DECLARED_ABSENT = 'DECLARED_ABSENT';
export const DECLARED_GONE = 'declared-gone';

/** A machine is there of which a person has said that it is not. */
export interface Disproved {
  machine: Machine;
  said: 'absent' | 'gone';
  /** Takes the mark of the word away: it is told once. */
  change: { attempts: Attempt[] } | { progress: Pick<Progress, 'releases'> };
}

/** The first word that a machine disproves; null: there is none, or all have been told. */
export const disprovedOf = (snapshot: Snapshot): Disproved | null => {
  const { releases } = snapshot.instance.progress;
  for (const machine of snapshot.machines.filter(({ goneAt }) => goneAt === null)) {
    const { machineId } = machine;
    if (releases[machineId]?.outcome === DECLARED_GONE) {
      const others = Object.entries(releases).filter(([id]) => id !== machineId);
      return { machine, said: 'gone', change: { progress: { releases: Object.fromEntries(others) } } };
    }
    const attempt = attemptOf(snapshot, machine);
    if (attempt?.reason === DECLARED_ABSENT) {
      const message = `An operator said that this create made no machine, and machine ${machineId} was seen after that.`;
      return { machine, said: 'absent', change: { attempts: [{ ...attempt, reason: 'DISPROVED', message }] } };
    }
  }
  return null;
};
