import type { Instance } from '../../../src/novita-instances/domain/instance.js';
import { slotOf } from '../../../src/novita-instances/domain/replacement.js';
import { databaseWentBack } from './excuses.js';
import type { Law } from './law.js';

const slotsOf = ({ machineId, replacement }: Instance): string[] =>
  [machineId, replacement?.successorId ?? null, replacement?.draining?.machineId ?? null].filter((id) => id !== null);

export const oneForSlot: Law = {
  name: 'one-for-slot',
  sentence:
    'Each slot of an instance has one machine at most, and no machine has two slots. A machine is bought only for a slot that is free.',
  excuses: [databaseWentBack],
  checks: {
    *committed({ after, attempts = [] }, scene) {
      const slots = slotsOf(after);
      if (new Set(slots).size < slots.length) yield `${after.id} has one machine in two slots: ${slots.join(' ')}`;
      if (after.replacement?.successorId && after.replacement.draining) {
        yield `${after.id} has a successor while another machine drains`;
      }
      if (databaseWentBack.applies(scene)) return;
      for (const attempt of attempts.filter(({ state }) => state === 'SENDING')) {
        const slot = slotOf(after, attempt);
        const holder = slot === 'current' ? after.machineId : (after.replacement?.successorId ?? null);
        if (holder !== null) yield `${after.id} buys for the slot ${slot}, which ${holder} has`;
      }
    },
  },
};
