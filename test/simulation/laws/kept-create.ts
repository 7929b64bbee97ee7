import { retentionDeletedIt } from './excuses.js';
import type { Law } from './law.js';

export const keptCreate: Law = {
  name: 'kept-create',
  sentence: 'A create that was answered is not lost, and repeated with the same key it answers with the same instance.',
  excuses: [retentionDeletedIt],
  checks: {
    *createAnswered({ key, earlierId, instanceId }) {
      if (earlierId !== null && earlierId !== instanceId) yield `${key} is ${earlierId} and ${instanceId}`;
    },
    *promiseAtRest({ promise, snapshot }, scene) {
      if (!snapshot && !retentionDeletedIt.applies(scene, promise))
        yield `${promise.key}: ${promise.instanceId} is lost`;
    },
  },
};
