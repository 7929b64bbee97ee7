import { isUnpullable } from '../unpullable.js';
import { databaseWentBack } from './excuses.js';
import type { Law } from './law.js';

export const oneFailedPull: Law = {
  name: 'one-failed-pull',
  sentence:
    'When a machine has shown that its image cannot be pulled, no other machine is bought for the instance until a caller asks for it.',
  excuses: [databaseWentBack],
  checks: {
    *recordedCreateLeaves({ name, snapshot: { instance, machines } }, scene) {
      if (!isUnpullable(instance.spec.image) || databaseWentBack.applies(scene)) return;
      const shown = machines.find(
        ({ observation, firstSeenAt }) => observation.failure !== null && firstSeenAt >= instance.progress.wantedAt,
      );
      if (shown) yield `${name} leaves although ${shown.machineId} could not pull the image`;
    },
  },
};
