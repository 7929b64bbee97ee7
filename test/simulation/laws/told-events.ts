import type { Excuse, Law } from './law.js';

const retentionDeletesOld: Excuse = {
  when: 'retention has deleted the oldest events',
  why: 'events are kept for some time only',
  applies: ({ world }) => world.keep !== null,
};

export const toldEvents: Law = {
  name: 'told-events',
  sentence:
    "An instance's events are numbered without a gap, and the last change of status among them is the published one.",
  excuses: [retentionDeletesOld],
  checks: {
    *instanceAtRest({ instance: { id, lastEventSeq, toldStatus } }, scene) {
      const events = scene.world.store.eventsOf(id);
      const deleted = retentionDeletesOld.applies(scene) ? lastEventSeq - events.length : 0;
      const hasGap = events.some(({ seq }, index) => seq !== deleted + index + 1);
      if (hasGap || deleted + events.length !== lastEventSeq) {
        yield `events of ${id} are ${events.map(({ seq }) => seq).join(' ')}`;
      }
      const last = events.findLast(({ type }) => type === 'status.changed')?.data.to;
      const told = last ?? (deleted === 0 ? 'pending' : null);
      if (told !== null && told !== toldStatus) yield `${id} is ${toldStatus}, and its events say otherwise`;
    },
  },
};
