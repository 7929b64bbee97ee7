import { databaseWentBack } from './excuses.js';
import type { Excuse, Law } from './law.js';
import type { Change } from '../../../src/novita-instances/store/instance-store.js';

const isToldUnknown: Excuse<Change> = {
  when: 'the event says that it is unknown whether the machine has restarted',
  why: 'Novita shows some restarts by nothing',
  applies: (_, { events = [] }) => events.some(({ type }) => type === 'machine.restart_unknown'),
};

export const restartDone: Law = {
  name: 'restart-done',
  sentence: 'A restart that is told to be over has been done: the machine runs since a moment after the command.',
  excuses: [databaseWentBack, isToldUnknown],
  checks: {
    *committed(change, scene) {
      const { before, after } = change;
      if (after.progress.restartsDone <= before.progress.restartsDone) return;
      if (isToldUnknown.applies(scene, change) || databaseWentBack.applies(scene)) return;
      const { world } = scene;
      const machine = world.novita.machines.get(after.machineId ?? '');
      if (!machine || machine.startedAt >= before.progress.wantedAt.getTime() - 2 * world.skewMs) return;
      yield `${after.id} is told restarted, and ${machine.id} runs since before the command`;
    },
  },
};
