import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DatabaseSilentError, WaitLimit } from './wait-limit.js';

const never = (): Promise<never> => new Promise(() => undefined);

describe('the limit of what an answer waits', () => {
  beforeEach(
    () =>
      void vi.useFakeTimers({
        toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'],
      }),
  );
  afterEach(() => void vi.useRealTimers());

  it('is one for waits beside each other, whenever each of them began', async () => {
    const limit = new WaitLimit(100);
    const ends: unknown[] = [];
    for (const passedMs of [60, 30, 11]) {
      limit.wait(never).catch((error: unknown) => ends.push(error));
      await vi.advanceTimersByTimeAsync(passedMs);
    }
    expect(ends).toEqual([
      expect.any(DatabaseSilentError),
      expect.any(DatabaseSilentError),
      expect.any(DatabaseSilentError),
    ]);
  });

  it('begins anew with each statement that is answered, and not with other waits', async () => {
    const limit = new WaitLimit(100);
    let answer!: () => void;
    const ask = (): Promise<void> => new Promise((resolve) => (answer = resolve));
    const after60Ms = async (asked: Promise<void>): Promise<void> => {
      await vi.advanceTimersByTimeAsync(60);
      answer();
      await asked;
    };
    await after60Ms(limit.forAnswer(ask));
    await after60Ms(limit.forAnswer(ask));
    await after60Ms(limit.wait(ask));
    const last = expect(limit.wait(never)).rejects.toBeInstanceOf(DatabaseSilentError);
    await vi.advanceTimersByTimeAsync(41);
    await last;
  });
});
