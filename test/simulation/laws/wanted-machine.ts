import { decidedBeforeLoss } from './excuses.js';
import type { Law } from './law.js';

export const wantedMachine: Law = {
  name: 'wanted-machine',
  sentence: 'A machine that its instance holds and wants is not deleted. A failed instance may delete it.',
  excuses: [decidedBeforeLoss],
  checks: {
    *requestLeaves({ verb, machine, snapshot: { instance } }, scene) {
      if (verb !== 'delete' || instance.machineId !== machine.id || instance.desired === 'deleted') return;
      if (!instance.progress.failure && !decidedBeforeLoss.applies(scene))
        yield `deletes ${machine.id}, which ${instance.id} holds and wants`;
    },
  },
};
