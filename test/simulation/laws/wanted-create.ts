import { FENCE_MS } from './allowances.js';
import { clocksDiffer, databaseWentBack } from './excuses.js';
import type { Excuse, Law } from './law.js';
import type { Moments } from './moments.js';

const changedItsMindJustNow: Excuse<Moments['recordedCreateLeaves']> = {
  when: `what is wanted changed within the last ${FENCE_MS / 1000} seconds`,
  why: 'what is wanted is read for the last time shortly before the create leaves',
  applies: (scene, { snapshot }) => scene.leastAgeMs(snapshot.instance.progress.wantedAt) <= FENCE_MS,
};

export const wantedCreate: Law = {
  name: 'wanted-create',
  sentence: 'A create leaves only while its attempt is being sent, and only for an instance that is to run.',
  excuses: [databaseWentBack, clocksDiffer, changedItsMindJustNow],
  checks: {
    *recordedCreateLeaves(create, scene) {
      if (databaseWentBack.applies(scene)) return;
      const { name, attempt, snapshot } = create;
      const { id, desired } = snapshot.instance;
      if (attempt.state !== 'SENDING' && !clocksDiffer.applies(scene)) {
        yield `${name} leaves although its attempt is ${attempt.state}`;
      }
      if (desired !== 'running' && !changedItsMindJustNow.applies(scene, create)) {
        yield `${name} leaves although ${id} is to be ${desired}`;
      }
    },
  },
};
