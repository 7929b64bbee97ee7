import { DECISION_MS } from './allowances.js';
import { databaseWentBack } from './excuses.js';
import type { Excuse, Law } from './law.js';
import type { SimMachine } from '../sim-machine.js';
import { restartOf } from './observed/restart-history.js';

const seenJustNow: Excuse<SimMachine> = {
  when: `the new run was not seen, or not for more than ${DECISION_MS / 1000} seconds`,
  why: 'a request follows from a snapshot that is as old as that',
  applies: ({ restarts, world }, machine) => {
    const shownAt = restarts.runShownAt(machine);
    return shownAt === undefined || world.time.now - shownAt <= DECISION_MS;
  },
};

export const restartOnce: Law = {
  name: 'restart-once',
  sentence: 'A restart that was seen to have happened is not asked for again.',
  excuses: [databaseWentBack, seenJustNow],
  checks: {
    *requestLeaves({ verb, machine, snapshot: { instance } }, scene) {
      if (verb !== 'restart' || databaseWentBack.applies(scene)) return;
      // Novita tells it in whole seconds
      const hasRestarted = Math.floor(machine.startedAt / 1000) * 1000 > (scene.restarts.leftAt(instance) ?? Infinity);
      if (!hasRestarted || seenJustNow.applies(scene, machine)) return;
      yield `restarts ${machine.id} for ${restartOf(instance)} again, and it was seen to restart`;
    },
  },
};
