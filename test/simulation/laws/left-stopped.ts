import { FENCE_MS } from './allowances.js';
import { databaseWentBack } from './excuses.js';
import type { Excuse, Law } from './law.js';
import type { Moments } from './moments.js';

const changedItsMindJustNow: Excuse<Moments['requestLeaves']> = {
  when: `what is wanted changed within the last ${FENCE_MS / 1000} seconds`,
  why: 'what is wanted is read for the last time shortly before the request leaves',
  applies: (scene, { snapshot }) => scene.leastAgeMs(snapshot.instance.progress.wantedAt) <= FENCE_MS,
};

export const leftStopped: Law = {
  name: 'left-stopped',
  sentence: 'A machine whose instance is to be stopped is neither started nor moved, and nothing replaces it.',
  excuses: [databaseWentBack, changedItsMindJustNow],
  checks: {
    *requestLeaves(request, scene) {
      const { verb, machine, snapshot } = request;
      if (verb !== 'start' && verb !== 'migrate') return;
      if (snapshot.instance.desired === 'running' || databaseWentBack.applies(scene)) return;
      if (!changedItsMindJustNow.applies(scene, request)) {
        yield `${verb} of ${machine.id} leaves although ${snapshot.instance.id} is to be ${snapshot.instance.desired}`;
      }
    },
    *committed({ before, after }) {
      if (after.desired !== 'running' && after.replacement && !before.replacement) {
        yield `${after.id} is to be ${after.desired}, and its machine is to be replaced`;
      }
    },
  },
};
