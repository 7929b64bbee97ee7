import { databaseWentBack } from './excuses.js';
import type { Law } from './law.js';

export const recordedCreate: Law = {
  name: 'recorded-create',
  sentence: 'A create leaves once, under a tag of ours, and its attempt is stored before it leaves.',
  excuses: [databaseWentBack],
  checks: {
    *createLeaves({ name, tag, attempt }, scene) {
      const isExcused = databaseWentBack.applies(scene);
      if (scene.creates.timesLeft(name) > 1 && !isExcused) yield `${name} leaves a second time`;
      if (!tag) yield `created "${name}", which is no tag`;
      else if (!attempt && !isExcused) yield `create of ${name} has no row`;
    },
  },
};
