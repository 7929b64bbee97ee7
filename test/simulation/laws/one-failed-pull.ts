import { isBoughtSince } from '../../../src/novita-instances/domain/spec-update.js';
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
        (machine) =>
          machine.observation.failure !== null &&
          machine.firstSeenAt >= instance.progress.wantedAt &&
          (instance.update === null || isBoughtSince(instance.update, machine)),
      );
      if (shown) yield `${name} leaves although ${shown.machineId} could not pull the image`;
    },
  },
};
