import { SHOWN_ATTEMPTS, type Snapshot } from '../../src/novita-instances/domain/instance.js';

/** An instance as answers show it: of many attempts the last ones, and those that still matter. */
export const shownSnapshot = (snapshot: Snapshot): Snapshot => {
  const last = snapshot.attempts.at(-1)?.number ?? 0;
  const ofLiveMachines = snapshot.machines.filter(({ goneAt }) => !goneAt).map(({ attemptNumber }) => attemptNumber);
  const attempts = snapshot.attempts.filter(
    ({ number, state, machineId }) =>
      number > last - SHOWN_ATTEMPTS ||
      state === 'SENDING' ||
      state === 'AMBIGUOUS' ||
      (machineId !== null && machineId === snapshot.instance.machineId) ||
      ofLiveMachines.includes(number),
  );
  return { ...snapshot, attempts };
};
