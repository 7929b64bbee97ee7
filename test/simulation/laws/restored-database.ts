import type { Instance } from '../../../src/novita-instances/domain/instance.js';
import { STEP_MS } from './allowances.js';
import { deleteIsDecided } from './excuses.js';
import type { Excuse, Law } from './law.js';
import type { Scene } from './scene.js';

const restoreIsYoung: Excuse = {
  when: `the restore is not older than ${STEP_MS / 1000} seconds`,
  why: 'what was decided before it is still under way',
  applies: ({ world }) => world.lastRollback === null || world.time.now - world.lastRollback.at < STEP_MS,
};

const listLiedAfterRestore: Excuse = {
  when: 'since the restore a list called itself complete and was not',
  why: 'such a list hides the machines by which the restore is noticed',
  applies: ({ world }) => world.listLiedAt > (world.lastRollback?.at ?? Infinity),
};

const commandIsYounger: Excuse<Instance> = {
  when: 'the command was given after the restore',
  why: 'the restored database cannot have it from before',
  applies: ({ world }, { progress }) =>
    progress.wantedAt.getTime() > (world.lastRollback?.at ?? Infinity) - world.skewMs,
};

const operatorKnows: Excuse = {
  when: 'an operator has adopted or deleted the unknown machines, or has ended a freeze since',
  why: 'the operator knows of the restore, and has decided',
  applies: (scene) => !scene.restores.telltaleMachines(scene.world).some((machine) => !scene.ownerOf(machine)),
};

/** Whether unknown machines tell that the database is an older copy, so that its old commands may be lost ones. */
const tellsOfRestore = (instance: Instance, scene: Scene): boolean =>
  !restoreIsYoung.applies(scene) &&
  !listLiedAfterRestore.applies(scene) &&
  !commandIsYounger.applies(scene, instance) &&
  !operatorKnows.applies(scene);

export const restoredDatabase: Law = {
  name: 'restored-database',
  sentence:
    'While machines show that the database was restored from an old backup, no machine is bought or changed on the word of that database.',
  excuses: [restoreIsYoung, listLiedAfterRestore, commandIsYounger, operatorKnows, deleteIsDecided],
  checks: {
    *requestLeaves(request, scene) {
      const { verb, machine, snapshot } = request;
      if (deleteIsDecided.applies(scene, request) || !tellsOfRestore(snapshot.instance, scene)) return;
      yield `${verb} of ${machine.id} by the word of a restored database`;
    },
    *machineMade({ name, snapshot }, scene) {
      const leftAt = scene.creates.leftAt(name) ?? 0;
      const isOfNow = leftAt > (scene.world.lastRollback?.at ?? Infinity) + STEP_MS;
      if (snapshot && isOfNow && tellsOfRestore(snapshot.instance, scene)) {
        yield `${name} bought by the word of a restored database`;
      }
    },
  },
};
