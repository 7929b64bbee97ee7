import type { Law } from './law.js';

export const keptDisk: Law = {
  name: 'kept-disk',
  sentence: 'A machine whose workload has answered is deleted only when that is asked for: its disk holds work.',
  excuses: [],
  checks: {
    *requestLeaves({ verb, machine, snapshot: { instance } }) {
      if (verb !== 'delete' || instance.machineId !== machine.id || instance.desired === 'deleted') return;
      if (instance.progress.readiness.readyAt) {
        yield `deletes ${machine.id}, which has worked, and no command asked for it`;
      }
    },
  },
};
