import { databaseWentBack } from './excuses.js';
import type { Law } from './law.js';

export const foreignMachine: Law = {
  name: 'foreign-machine',
  sentence: 'No machine is started, stopped, restarted or deleted that is not ours, or that no instance knows.',
  // a machine of somebody else stays that after a restore: the excuse is for machines of ours
  excuses: [databaseWentBack],
  checks: {
    *requestDone({ verb, machine, owner }, scene) {
      if (machine.foreign) yield `${verb} of foreign machine ${machine.id} "${machine.name}"`;
      else if (!owner && !databaseWentBack.applies(scene)) yield `${verb} of ${machine.id}, which no instance knows`;
    },
  },
};
