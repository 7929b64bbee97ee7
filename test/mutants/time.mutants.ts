import { plantedIn } from './suite-mutant.js';

const SHARED_CLOCK = 'src/time/shared-clock.test.ts';
const BACK_OFF = 'src/time/back-off.test.ts';
const WITHIN = 'src/time/within.alone.test.ts';
const BATCHER = 'src/time/batcher.test.ts';
const POLL = 'src/time/poll-until.test.ts';

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
  ['the first wait is doubled already', 'back-off.ts', 'failures - 1, 0)', 'failures, 0)', BACK_OFF],
  [
    'a wait before any failure is half of the first',
    'back-off.ts',
    'Math.max(failures - 1, 0)',
    '(failures - 1)',
    BACK_OFF,
  ],
  ['a wait that the other side asked for is cut short', 'back-off.ts', 'Math.max(first, most));', 'most);', BACK_OFF],
  [
    'after very many failures a wait is no number',
    'back-off.ts',
    'const MOST_DOUBLINGS = 40;',
    'const MOST_DOUBLINGS = 4_000;',
    BACK_OFF,
  ],
  [
    'jitter shortens a wait that it must not shorten',
    'back-off.ts',
    'share.from + (share.to - share.from)',
    '(share.to - share.from)',
    BACK_OFF,
  ],
  ['a deadline leaves its timer behind', 'within.ts', '    clearTimeout(timer);\n', '', WITHIN],
  ['work that is done in time is given up nevertheless', 'within.ts', '    clearImmediate(turn);\n', '', WITHIN],
  [
    'an answer that lay unread while the process was busy comes too late',
    'within.ts',
    'turn = setImmediate(resolve);',
    'turn = undefined;\n      resolve();',
    WITHIN,
  ],
  [
    'work that fails after its deadline is a rejection that nothing handles',
    'within.ts',
    '  try {\n',
    '  void work.finally(() => undefined);\n  try {\n',
    WITHIN,
  ],
  [
    'a batch begins before everything in it was added',
    'batcher.ts',
    'this.current : waitAtMost',
    'undefined : waitAtMost',
    BATCHER,
  ],
  [
    'the failure of a batch is told to the next one',
    'batcher.ts',
    'this.current = batch.catch(() => undefined);',
    'this.current = batch;',
    BATCHER,
  ],
  [
    'a batch waits for no others to come',
    'batcher.ts',
    'if (gatherMs !== undefined) await sleep(gatherMs);',
    'if (gatherMs === null) await sleep(gatherMs);',
    BATCHER,
  ],
  [
    'a slow batch holds up the next one for ever',
    'batcher.ts',
    'waitAtMost(overtakenAfterMs, this.current)',
    'this.current',
    BATCHER,
  ],
  ['polling overlooks a 0 that it finds', 'poll-until.ts', 'if (found !== undefined)', 'if (found)', POLL],
  [
    'polling does not look once when there is no time',
    'poll-until.ts',
    'while (signal?.aborted !== true) {',
    'while (signal?.aborted !== true && performance.now() < overAtMs) {',
    POLL,
  ],
);
