import { pollUntil } from '../../src/time/poll-until.js';

const LOOK_AGAIN_MS = 100;

/**
 * The only time limits of tests. They end a test whose event never comes, and judge nothing: a slow machine must not fail a test. Commands
 * that wait for failures, such as `npm run mutants`, set a smaller TEST_LIMIT_SECONDS.
 */
const EVENT_LIMIT_MS = Number(process.env['TEST_LIMIT_SECONDS'] ?? 300) * 1000;
/** Larger than the limit of one event, so that a failure names the event that never came. */
const TEST_LIMIT_MS = 6 * EVENT_LIMIT_MS;

/** For the configurations of vitest. */
export const TEST_LIMITS = {
  testTimeout: TEST_LIMIT_MS,
  hookTimeout: TEST_LIMIT_MS,
  expect: { poll: { timeout: EVENT_LIMIT_MS } },
};

/**
 * Waits until `look` returns something true, and returns it. Fails with the last value when the event never comes.
 * Use it for effects of another process or a timer, never for something that can be awaited.
 */
export const eventually = async <T>(
  what: string,
  look: () => T | Promise<T>,
): Promise<Exclude<T, false | null | undefined | 0 | ''>> => {
  let seen: T | undefined;
  const found = await pollUntil(async () => (seen = await look()) || undefined, {
    everyMs: LOOK_AGAIN_MS,
    withinMs: EVENT_LIMIT_MS,
  });
  if (found !== undefined) return found as Exclude<T, false | null | undefined | 0 | ''>;
  throw new Error(`not within ${EVENT_LIMIT_MS / 1000} s: ${what}; last seen: ${String(seen)}`);
};
