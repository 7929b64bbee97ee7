import { describe, expect, it } from 'vitest';
import { serializeError } from './error-serializer.js';

describe('an error in the log', () => {
  it('shows its type, message, code, stack and causes, and nothing else that hangs on it', () => {
    const cause = Object.assign(new TypeError('inner'), { code: 'ECONNRESET', config: { headers: 'secret' } });
    const error = Object.assign(new Error('outer', { cause }), { request: 'secret', response: { data: 'secret' } });
    const logged = serializeError(error);
    expect(logged).toEqual({
      type: 'Error',
      message: 'outer',
      stack: error.stack,
      cause: { type: 'TypeError', message: 'inner', code: 'ECONNRESET', stack: cause.stack },
    });
    expect(JSON.stringify(logged)).not.toContain('secret');
  });

  it('is cut when it is endless', () => {
    const { message, stack } = serializeError(new Error('x'.repeat(100_000)));
    expect(message.length + (stack?.length ?? 0)).toBeLessThan(11_000);
  });

  it('shows four causes of a longer chain, and of one that has no end', () => {
    const chain = (length: number): Error => new Error(`at ${length}`, { cause: length > 0 && chain(length - 1) });
    const endless = new Error('endless');
    endless.cause = endless;
    for (const error of [chain(10), endless]) {
      let depth = 0;
      for (let logged = serializeError(error).cause; logged; logged = logged.cause) depth += 1;
      expect(depth).toBe(4);
    }
  });

  it('is not what it was when it was no error', () => {
    expect(JSON.stringify(serializeError({ token: 'secret' }))).not.toContain('secret');
  });
});
