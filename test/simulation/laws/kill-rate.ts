import { HOUR_MS } from './allowances.js';
import type { Law } from './law.js';

/** Said here and not taken from the core, so that a core that changes its mind does not change the law. */
const killLimit = (fleet: number): number => Math.max(3, Math.floor(fleet / 20));
/** One decision that was made while another one was being counted. */
const CONCURRENT_KILLS = 1;
const MINUTE_MS = HOUR_MS / 60;

export const killRate: Law = {
  name: 'kill-rate',
  sentence:
    'In an hour at most three machines are condemned, or a twentieth of a large fleet. An operator who ends a freeze begins a new hour.',
  excuses: [],
  checks: {
    *condemned({ at }, { kills, world }) {
      const inAnHour = kills.inTheHourBefore(at);
      const machines = world.store.allSnapshots().flatMap(({ machines: known }) => known);
      const fleet = machines.filter(({ goneAt }) => !goneAt).length;
      const since = kills.countsSince(at) - MINUTE_MS;
      // the history counts a repeated decision on one machine once more, and the database does not
      const stored = machines.filter(({ condemnedAt }) => condemnedAt !== null && condemnedAt.getTime() > since).length;
      if (Math.min(inAnHour, stored) > killLimit(fleet) + CONCURRENT_KILLS) {
        yield `${inAnHour} machines condemned in an hour of a fleet of ${fleet}`;
      }
    },
  },
};
