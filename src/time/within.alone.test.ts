import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TooSlowError, waitAtMost, withDeadline, within } from './within.js';

const never = (): Promise<never> => new Promise(() => undefined);

/** Work that a test ends when it likes. */
const openWork = () => {
  let end!: (answer: string) => void;
  let fail!: (error: Error) => void;
  const work = new Promise<string>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  return { work, end, fail };
};

const unhandled: unknown[] = [];
const noteUnhandled = (error: unknown): void => void unhandled.push(error);

describe('a deadline', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate'] });
    unhandled.length = 0;
    process.on('unhandledRejection', noteUnhandled);
  });
  afterEach(() => {
    vi.useRealTimers();
    process.off('unhandledRejection', noteUnhandled);
  });

  it.each([
    ['within', within],
    ['waitAtMost', waitAtMost],
  ])('does not touch what is done before it: %s', async (_, wait) => {
    await expect(wait(100, Promise.resolve('done'))).resolves.toBe('done');
    await expect(wait(100, Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends the wait for work that takes longer, by a rejection or without an answer', async () => {
    const rejected = expect(within(100, never())).rejects.toBeInstanceOf(TooSlowError);
    const unanswered = expect(waitAtMost(100, never())).resolves.toBeUndefined();
    const chosen = expect(withDeadline(100, never(), () => 'instead')).resolves.toBe('instead');
    await vi.advanceTimersByTimeAsync(99);
    expect(vi.getTimerCount()).toBe(3);
    await vi.advanceTimersByTimeAsync(2);
    await Promise.all([rejected, unanswered, chosen]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('reads first what has arrived while the process was busy', async () => {
    const { work, end } = openWork();
    const onOver = vi.fn();
    const waited = withDeadline(100, work, onOver);
    // the timer is due, and the turn of the loop that follows brings the answer
    vi.advanceTimersToNextTimer();
    end('just in time');
    await expect(waited).resolves.toBe('just in time');
    await vi.runAllTimersAsync();
    expect(onOver).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no rejection unhandled when the work fails later', async () => {
    const { work, fail } = openWork();
    const waited = waitAtMost(100, work);
    await vi.advanceTimersByTimeAsync(101);
    await waited;
    fail(new Error('away'));
    vi.useRealTimers();
    // Node tells of it before the next turn of the loop
    await new Promise(setImmediate);
    expect(unhandled).toEqual([]);
  });
});
