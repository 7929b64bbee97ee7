import { SHOWN_ATTEMPTS, type Facts } from '../../src/novita-instances/domain/instance.js';

/** An instance as answers show it: of many attempts the last ones, and those that still matter. */
export const shownFacts = (facts: Facts): Facts => {
  const last = facts.attempts.at(-1)?.number ?? 0;
  const ofLiveMachines = facts.machines.filter(({ goneAt }) => !goneAt).map(({ attemptNumber }) => attemptNumber);
  const attempts = facts.attempts.filter(
    ({ number, state, machineId }) =>
      number > last - SHOWN_ATTEMPTS ||
      state === 'SENDING' ||
      state === 'AMBIGUOUS' ||
      (machineId !== null && machineId === facts.instance.machineId) ||
      ofLiveMachines.includes(number),
  );
  return { ...facts, attempts };
};
