import { setTimeout as sleep } from 'node:timers/promises';

const TICK_MS = 10;

/**
 * Begins something so many times a second until it is over, whether what it began has ended or not: the load of a proof, never a wait.
 * Resolves when it is over.
 */
export const atPace = async (perSecond: number, begin: () => void, over: AbortSignal): Promise<void> => {
  const began = performance.now();
  let begun = 0;
  while (!over.aborted) {
    for (const due = ((performance.now() - began) / 1000) * perSecond; begun < due; begun++) begin();
    await sleep(TICK_MS);
  }
};
