import type { Excuse, Law } from './law.js';
import type { Scene } from './scene.js';

/** After a gap of this length no earlier sweep counts as fresh. */
const OLD_MS = 420_000;
const BEGUN_MS = 1_000;

const lostLittle: Excuse = {
  when: `the database went back by less than ${OLD_MS / 60_000} minutes`,
  why: 'the last sweep that it knows of is fresh enough',
  applies: ({ world: { lastRollback } }) => lastRollback === null || lastRollback.at - lastRollback.to < OLD_MS,
};

const hadBegun: Excuse<Date> = {
  when: 'the attempt had begun before the restore',
  why: 'what leaves a replica cannot be called back',
  applies: ({ world: { lastRollback, skewMs } }, begunAt) =>
    begunAt.getTime() <= (lastRollback?.at ?? Infinity) + skewMs + BEGUN_MS,
};

const isUnseen = (begunAt: Date, scene: Scene): boolean =>
  !scene.restores.isFleetSeen && !lostLittle.applies(scene) && !hadBegun.applies(scene, begunAt);

export const fleetSeen: Law = {
  name: 'fleet-seen',
  sentence:
    'After the database has gone back, no machine is bought or condemned before the whole fleet was listed once.',
  excuses: [lostLittle, hadBegun],
  checks: {
    *recordedCreateLeaves({ name, attempt }, scene) {
      if (isUnseen(attempt.sentAt, scene)) {
        yield `${name} leaves although the fleet was not seen since the database went back`;
      }
    },
    *condemned({ at }, scene) {
      if (isUnseen(new Date(at), scene)) yield 'a machine was condemned before the fleet had been seen';
    },
  },
};
