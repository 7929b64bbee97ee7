import { DECISION_MS } from './allowances.js';
import { databaseWentBack } from './excuses.js';
import type { Excuse, Law } from './law.js';
import type { Moments } from './moments.js';
import { isChange } from './observed/update-history.js';

const askedJustNow: Excuse<Moments['requestLeaves']> = {
  when: `something else was asked for within the last ${DECISION_MS / 1000} seconds`,
  why: 'a request follows from a snapshot that is as old as that',
  applies: (scene, { snapshot: { instance } }) => scene.leastAgeMs(instance.updatedAt) <= DECISION_MS,
};

export const loneUpdate: Law = {
  name: 'lone-update',
  sentence:
    'A machine is changed only while its instance should run and has not failed, by a request that is on record, and never while it is being replaced.',
  excuses: [askedJustNow, databaseWentBack],
  checks: {
    *requestLeaves(request, scene) {
      const { verb, machine, snapshot } = request;
      if (!isChange(verb) || databaseWentBack.applies(scene) || askedJustNow.applies(scene, request)) return;
      const { desired, progress, update, machineId, replacement } = snapshot.instance;
      if (desired !== 'running' || progress.failure) yield `${verb} of ${machine.id}, whose instance should not run`;
      if (machineId !== machine.id) yield `${verb} of ${machine.id}, which is not the machine of its instance`;
      if (replacement && replacement.phase !== 'draining') yield `${verb} of ${machine.id}, which is being replaced`;
      if (update?.sent?.verb !== verb) yield `${verb} of ${machine.id} is not on record`;
    },
  },
};
