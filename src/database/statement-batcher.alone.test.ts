import { describe, expect, it, vi } from 'vitest';
import { StatementBatcher } from './statement-batcher.js';
import { currentWaitLimit, DatabaseSilentError, underWaitLimit, WaitLimit } from './wait-limit.js';

describe('a batcher of statements', () => {
  it('goes on for the others when one of them waits no longer, be it the first', async () => {
    let end!: () => void;
    const batcher = new StatementBatcher<number, WaitLimit | null>(() => {
      const limit = currentWaitLimit();
      return new Promise((resolve) => {
        end = () => {
          resolve(limit);
        };
      });
    });
    const impatient = underWaitLimit(new WaitLimit(1), () => batcher.add(1));
    const patient = batcher.add(2);
    await expect(impatient).rejects.toBeInstanceOf(DatabaseSilentError);
    end();
    // nor is the batch under the limit of the first
    expect(await patient).toBeNull();
  });

  it('begins the patience of an answer anew with each batch that was answered', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'] });
    try {
      let answer!: () => void;
      const batcher = new StatementBatcher<number>(() => new Promise((resolve) => (answer = resolve)));
      await underWaitLimit(new WaitLimit(100), async () => {
        for (const one of [1, 2]) {
          const batch = batcher.add(one);
          await vi.advanceTimersByTimeAsync(60);
          answer();
          await batch;
        }
      });
    } finally {
      vi.useRealTimers();
    }
  });
});
