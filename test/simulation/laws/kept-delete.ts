import { retentionDeletedIt } from './excuses.js';
import type { Law } from './law.js';
import { EXCUSES_OF_OVERLOOKING, overlookedMachinesOf } from './observed/overlooked-machines.js';

export const keptDelete: Law = {
  name: 'kept-delete',
  sentence:
    'A delete that was answered is carried out. When an instance is told deleted, no machine of it is there to be found.',
  excuses: [...EXCUSES_OF_OVERLOOKING, retentionDeletedIt],
  checks: {
    *committed({ before, after }, scene) {
      if (!after.deletedAt || before.deletedAt) return;
      const [overlooked] = overlookedMachinesOf(after.id, scene);
      if (overlooked) yield `${after.id} is told deleted, and ${overlooked.id} is there to be found`;
    },
    *promiseAtRest({ promise, snapshot }, scene) {
      const { instanceId, deleteAckedAt } = promise;
      if (deleteAckedAt === null || retentionDeletedIt.applies(scene, promise)) return;
      if (!snapshot?.instance.deletedAt) yield `${instanceId} was to be deleted and is not`;
      if (scene.livingTaggedMachinesOf(instanceId).length > 0) {
        yield `${instanceId} was deleted and its machine lives`;
      }
    },
  },
};
