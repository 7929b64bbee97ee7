import { databaseWentBack, deleteIsDecided, stepWasUnderWay } from './excuses.js';
import type { Excuse, Law } from './law.js';
import type { Moments } from './moments.js';
import { isChange } from './observed/update-history.js';

/** A sweep of several pages, each asked for three times, by a replica that slept once or twice meanwhile. */
const LONGEST_SWEEP_MS = 30 * 60_000;

const commandIsNew: Excuse<Moments['requestLeaves']> = {
  when: 'the command was given after what led to the freeze',
  why: 'a command that was just given cannot be a lost one',
  applies: ({ freezes, world }, { verb, snapshot: { instance } }) =>
    (isChange(verb) && instance.update ? instance.update.since : instance.progress.wantedAt).getTime() >=
    freezes.newCommandsFrom - 2 * world.skewMs,
};

export const freeze: Law = {
  name: 'freeze',
  sentence:
    'While the guard is frozen no machine is bought, condemned or changed on the word of the database alone. A freeze is dated when it begins.',
  excuses: [stepWasUnderWay, databaseWentBack, deleteIsDecided, commandIsNew],
  checks: {
    *frozen({ at }, scene) {
      if (Math.abs(scene.leastAgeMs(at)) > LONGEST_SWEEP_MS)
        yield `begins at ${at.toISOString()}, which is not about now`;
    },
    *condemned(_, scene) {
      if (!stepWasUnderWay.applies(scene)) yield 'a machine was condemned while frozen';
    },
    *recordedCreateLeaves({ name }, scene) {
      if (databaseWentBack.applies(scene) || stepWasUnderWay.applies(scene)) return;
      yield `${name} leaves while frozen`;
    },
    *requestLeaves(request, scene) {
      if (stepWasUnderWay.applies(scene) || deleteIsDecided.applies(scene, request)) return;
      if (commandIsNew.applies(scene, request)) return;
      yield `${request.verb} of ${request.machine.id} while frozen`;
    },
  },
};
