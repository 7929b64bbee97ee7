import type { Excuse, Law } from './law.js';
import type { Moments } from './moments.js';

const REFUSED_AFTER_MS = 5_000;
/** How long what a replica knows is used while its database does not answer. After that, a request waits for an answer. */
const REFUSED_AT_LAST_MS = 60_000 + 4_000;

const databaseIsSilent: Excuse<Moments['keyTaken']> = {
  when: `the database does not answer the replica, or answers late, and the key was revoked not more than ${REFUSED_AT_LAST_MS / 1000} seconds ago`,
  why: 'the service goes on for a minute with the keys that it knows',
  applies: ({ world }, { revokedAt, isTroubled }) =>
    isTroubled && world.time.now - (revokedAt ?? 0) <= REFUSED_AT_LAST_MS,
};

export const revokedKey: Law = {
  name: 'revoked-key',
  sentence: `A request with a key that was revoked more than ${REFUSED_AFTER_MS / 1000} seconds ago is refused by every replica.`,
  excuses: [databaseIsSilent],
  checks: {
    *keyTaken(moment, scene) {
      const { keyId, revokedAt } = moment;
      if (revokedAt === null || databaseIsSilent.applies(scene, moment)) return;
      const age = scene.world.time.now - revokedAt;
      if (age > REFUSED_AFTER_MS) yield `${keyId} was revoked ${age / 1000} s ago, and is taken`;
    },
  },
};
