import { setTimeout as sleep } from 'node:timers/promises';

const TICK_MS = 10;

/**
 * Starts something at a fixed rate until the end, without waiting for what was started. It makes the load of a proof, and is never a wait.
 * Resolves at the end.
 */
export const atPace = async (perSecond: number, begin: () => void, over: AbortSignal): Promise<void> => {
  const began = performance.now();
  let begun = 0;
  while (!over.aborted) {
    for (const due = ((performance.now() - began) / 1000) * perSecond; begun < due; begun++) begin();
    await sleep(TICK_MS);
  }
};
