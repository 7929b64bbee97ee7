import { decidedBeforeLoss } from './excuses.js';
import type { Law } from './law.js';

export const keptDisk: Law = {
  name: 'kept-disk',
  sentence: 'A machine whose workload has answered is deleted only when that is asked for: its disk holds work.',
  excuses: [decidedBeforeLoss],
  checks: {
    *requestLeaves({ verb, machine, snapshot: { instance } }, scene) {
      if (verb !== 'delete' || instance.machineId !== machine.id || instance.desired === 'deleted') return;
      if (instance.progress.readiness.readyAt && !decidedBeforeLoss.applies(scene)) {
        yield `deletes ${machine.id}, which has worked, and no command asked for it`;
      }
    },
  },
};
