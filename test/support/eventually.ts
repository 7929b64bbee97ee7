import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_AGAIN_MS = 20;

/**
 * The only limits of time that tests have. They end a test whose event never comes, and judge nothing: a slow machine must not fail
 * a test. `npm run mutants` and the like, which wait for failures, set TEST_LIMIT_SECONDS to a smaller one.
 */
const EVENT_LIMIT_MS = Number(process.env['TEST_LIMIT_SECONDS'] ?? 300) * 1000;
/** A test waits for several events. Its own limit is larger, so that the event that never came is what the failure names. */
const TEST_LIMIT_MS = 6 * EVENT_LIMIT_MS;

/** For the configurations of vitest. */
export const TEST_LIMITS = {
  testTimeout: TEST_LIMIT_MS,
  hookTimeout: TEST_LIMIT_MS,
  expect: { poll: { timeout: EVENT_LIMIT_MS } },
};

/**
 * Waits until `look` gives something true and returns it. Fails, with what was seen last, when the event never comes.
 * For what another process or a timer brings about; never for something that can be awaited.
 */
export const eventually = async <T>(
  what: string,
  look: () => T | Promise<T>,
): Promise<Exclude<T, false | null | undefined | 0 | ''>> => {
  const deadline = performance.now() + EVENT_LIMIT_MS;
  for (;;) {
    const seen = await look();
    if (seen) return seen as Exclude<T, false | null | undefined | 0 | ''>;
    if (performance.now() > deadline)
      throw new Error(`not within ${EVENT_LIMIT_MS / 1000} s: ${what}; last seen: ${String(seen)}`);
    await sleep(LOOK_AGAIN_MS);
  }
};
