import { isAlive } from '../sim-machine.js';
import { wrongAccountLately } from './excuses.js';
import type { Law } from './law.js';

export const goneMachine: Law = {
  name: 'gone-machine',
  sentence: 'A machine that is recorded as gone is gone.',
  excuses: [wrongAccountLately],
  checks: {
    *committed({ gone = [] }, scene) {
      if (wrongAccountLately.applies(scene)) return;
      for (const id of gone) {
        const machine = scene.world.novita.machines.get(id);
        if (machine && isAlive(machine)) yield `${id} is taken for gone and lives (${machine.status})`;
      }
    },
  },
};
