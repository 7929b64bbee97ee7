import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_AGAIN_MS = 20;

/**
 * Waits until `look` gives something true and returns it. Fails, with what was seen last, after `seconds`.
 * For what another process or a timer brings about; never for something that can be awaited.
 */
export const eventually = async <T>(
  what: string,
  look: () => T | Promise<T>,
  seconds = 10,
): Promise<Exclude<T, false | null | undefined | 0 | ''>> => {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen) return seen as Exclude<T, false | null | undefined | 0 | ''>;
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${what}; last seen: ${String(seen)}`);
    await sleep(LOOK_AGAIN_MS);
  }
};
