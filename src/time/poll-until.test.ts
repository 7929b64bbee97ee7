import { describe, expect, it } from 'vitest';
import { pollUntil } from './poll-until.js';

const LONG_MS = 3_600_000;

describe('polling', () => {
  it('answers with what the first look finds that finds anything', async () => {
    const looks = [undefined, undefined, 0, 7];
    await expect(pollUntil(() => looks.shift(), { everyMs: 1, withinMs: LONG_MS })).resolves.toBe(0);
    expect(looks).toEqual([7]);
  });

  it('looks once at least, and not again when the time is over', async () => {
    let looks = 0;
    const nothing = () => void (looks += 1);
    await expect(pollUntil(nothing, { everyMs: 1, withinMs: 0 })).resolves.toBeUndefined();
    expect(looks).toBe(1);
  });

  it('ends at once when its signal is given, however long the pause', async () => {
    const stop = new AbortController();
    const nothing = () => {
      stop.abort();
      return Promise.resolve(undefined);
    };
    const polled = pollUntil(nothing, { everyMs: LONG_MS, withinMs: LONG_MS, signal: stop.signal });
    await expect(polled).resolves.toBeUndefined();
  });

  it('fails as its look does', async () => {
    const failing = () => Promise.reject(new Error('away'));
    await expect(pollUntil(failing, { everyMs: 1, withinMs: LONG_MS })).rejects.toThrow('away');
  });
});
