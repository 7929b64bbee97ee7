import { databaseWentBack } from './excuses.js';
import type { Law } from './law.js';

/** How a replica says that its database has gone back in time. */
export const LOST_COMMITS = 'the database has lost commits';

export const trueAlarm: Law = {
  name: 'true-alarm',
  sentence: 'No replica says that the database has lost commits when it has lost none.',
  excuses: [databaseWentBack],
  checks: {
    *alarmed({ what }, scene) {
      if (what !== LOST_COMMITS || databaseWentBack.applies(scene)) return;
      yield 'commits of a database are said to be lost that has lost none';
    },
  },
};
