import { DAY_MS } from './allowances.js';
import type { Law } from './law.js';

export const keptHistory: Law = {
  name: 'kept-history',
  sentence:
    'Retention deletes an instance only when it was kept for long enough, and nothing of it can exist or come true; and an attempt only when it made no machine and is not the last one.',
  excuses: [],
  checks: {
    *instanceForgotten({ instance: { id, deletedAt }, attempts, machines }, { world }) {
      const keptMs = world.time.now - (deletedAt?.getTime() ?? Infinity);
      if (keptMs < (world.keep?.deletedInstancesDays ?? Infinity) * DAY_MS - 2 * world.skewMs) {
        yield `${id} is forgotten ${Math.round(keptMs / 1000)} s after its end`;
      }
      if (attempts.some(({ state }) => state === 'SENDING' || state === 'AMBIGUOUS')) {
        yield `${id} is forgotten with a create in doubt`;
      }
      if (machines.some(({ goneAt }) => !goneAt)) yield `${id} is forgotten with a machine`;
    },
    *attemptForgotten({ instanceId, attempt: { tag, number, state } }, scene) {
      const numbers = scene.world.store.snapshotOf(instanceId)?.attempts.map((attempt) => attempt.number) ?? [];
      if (number >= Math.max(...numbers)) yield `${tag}, the last attempt, is forgotten`;
      if (state !== 'REJECTED' && state !== 'NOT_SENT') yield `${tag} is forgotten, and is ${state}`;
      const made = scene.livingMachinesOf(instanceId).find(({ bornAs }) => bornAs === tag);
      if (made) yield `${tag} is forgotten, and ${made.id} lives`;
    },
  },
};
