import { plantedIn } from './suite-mutant.js';

const SHARED_CLOCK = 'src/time/shared-clock.test.ts';

export const TIME_MUTANTS = plantedIn(
  'src/time',
  [
    'the shared clock jumps when the database’s does',
    'shared-clock.ts',
    'this.ahead = { ms: this.aheadMs - byMs,',
    'this.ahead = { ms: 0 * byMs,',
    SHARED_CLOCK,
  ],
  [
    'an answer that took long is not believed when it contradicts what is known',
    'shared-clock.ts',
    'wrongByMs > wasWrongByMs && Math.abs(byMs) <= wrongByMs + wasWrongByMs',
    'wrongByMs > wasWrongByMs',
    SHARED_CLOCK,
  ],
  [
    'the shared clock goes back when the database’s was put back while nothing ran',
    'shared-clock.ts',
    ' - Math.min(0, passedMs)',
    ' - Math.min(0, 0 * passedMs)',
    SHARED_CLOCK,
  ],
  [
    'a replica joins a record from before the jump',
    'shared-clock.ts',
    'Math.abs(ageMs) <= FRESH_MS && ',
    '!Number.isNaN(ageMs) && ',
    SHARED_CLOCK,
  ],
  [
    'the sleep of a machine is taken for a jump of the database’s clock',
    'shared-clock.ts',
    'this.beganMs += sleptMs - this.sleptMs;',
    'this.beganMs += 0 * sleptMs;',
    SHARED_CLOCK,
  ],
  [
    'a deadline at the very beginning of an outage falls after it',
    'held-up.ts',
    'if (freeMs >= leftMs) break;',
    'if (freeMs > leftMs) break;',
    'src/time/held-up.test.ts',
  ],
  [
    'a time that is held up in the future counts',
    'held-up.ts',
    'to: to > now ? now : to',
    'to: from > now ? now : to',
    'src/time/held-up.test.ts',
  ],
  [
    'the oldest outage is forgotten when there are many',
    'held-up.ts',
    '? [{ from: first.from, to: second.to }, ...others] : all',
    '? [second, ...others] : all',
    'src/time/held-up.test.ts',
  ],
  [
    'outages that touch are two',
    'held-up.ts',
    'if (!last || from > last.to)',
    'if (!last || from >= last.to)',
    'src/time/held-up.test.ts',
  ],
);
