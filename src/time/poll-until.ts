import { setTimeout as sleep } from 'node:timers/promises';

interface Polling {
  everyMs: number;
  /** How long to look. The last look may begin at the end of that time. */
  withinMs: number;
  /** Ends the polling early. */
  signal?: AbortSignal;
}

/**
 * Looks until something is found, and answers with it. Undefined when the time is over, or the signal was given, before. For what only a
 * look can tell, such as what another process does; never for what can be awaited.
 */
export const pollUntil = async <T>(
  look: () => T | undefined | Promise<T | undefined>,
  { everyMs, withinMs, signal }: Polling,
): Promise<T | undefined> => {
  const overAtMs = performance.now() + withinMs;
  while (signal?.aborted !== true) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() >= overAtMs) break;
    await sleep(everyMs, undefined, signal && { signal }).catch(() => undefined);
  }
  return undefined;
};
