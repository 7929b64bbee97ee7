import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { OF_DEPLOYMENT_SECRET } from './config.js';
import { parseKeyRing } from './key-ring.js';

const KEY = randomBytes(32).toString('base64');
const OTHER = randomBytes(32).toString('base64');
const read = (text: string): (readonly [string, string] | string)[] =>
  parseKeyRing(text).map((entry) => (entry === OF_DEPLOYMENT_SECRET ? entry : [entry.id, entry.key.reveal()]));

describe('a key ring', () => {
  it.each([
    ['one line', `a ${KEY}`, [['a', KEY]]],
    ['more lines, in their order', `b ${KEY}\na ${OTHER}\n`, [['b', KEY], ['a', OTHER]]], // prettier-ignore
    ['comments, empty lines and spaces', `# keys\n\n  a \t ${KEY}  # the first\n \n`, [['a', KEY]]],
    ['lines that end as on Windows', `a ${KEY}\r\nb ${OTHER}\r\n`, [['a', KEY], ['b', OTHER]]], // prettier-ignore
    ['a date as an id', `2026-11-30 ${KEY}`, [['2026-11-30', KEY]]],
    ['the place of the key of the secret', `DEPLOYMENT_SECRET\na ${KEY}`, ['DEPLOYMENT_SECRET', ['a', KEY]]],
    ['the longest id', `${'x'.repeat(32)} ${KEY}`, [['x'.repeat(32), KEY]]],
  ])('has %s', (_what, text, keys) => {
    expect(read(text)).toEqual(keys);
  });

  it.each([
    ['no line', '', 'it has no key'],
    ['comments only', '# none yet\n\n', 'it has no key'],
    ['a key without an id', `\n${KEY}`, 'line 2 is not an id, a space and a key'],
    ['an id without a key', `a ${KEY}\nb`, 'line 2 is not an id, a space and a key'],
    ['three words', `a ${KEY} b`, 'line 1 is not an id, a space and a key'],
    ['a key that is commented out', `a # ${KEY}`, 'line 1 is not an id, a space and a key'],
    ['an id with a dot', `a.b ${KEY}`, 'the id in line 1 is not 1 to 32 letters, digits and hyphens'],
    ['an id with an underscore', `a_b ${KEY}`, 'the id in line 1 is not 1 to 32 letters, digits and hyphens'],
    [
      'an id that is too long',
      `${'x'.repeat(33)} ${KEY}`,
      'the id in line 1 is not 1 to 32 letters, digits and hyphens',
    ],
    ['a key that is too short', `a ${randomBytes(31).toString('base64')}`, 'the key in line 1 has 31 bytes, not 32'],
    ['a key that is too long', `a ${randomBytes(33).toString('base64')}`, 'the key in line 1 has 33 bytes, not 32'],
    ['a key in hex', `a ${randomBytes(32).toString('hex')}`, 'the key in line 1 has 48 bytes, not 32'],
    ['a key that was cut', `a ${KEY.slice(0, -1)}`, 'the key in line 1 is not base64'],
    ['a key with other letters', `a ${KEY.slice(0, -2)}!=`, 'the key in line 1 is not base64'],
    ['an id twice', `a ${KEY}\n\na ${OTHER}`, 'lines 1 and 3 have the same id'],
    ['the place of the secret twice', 'DEPLOYMENT_SECRET\n\nDEPLOYMENT_SECRET', 'lines 1 and 3 have the same word'],
    ['a key twice', `a ${KEY}\nb ${KEY}`, 'lines 1 and 2 have the same key'],
  ])('is refused with %s', (_what, text, why) => {
    expect(() => parseKeyRing(text)).toThrow(new RangeError(why));
  });

  const id = fc.stringMatching(/^[A-Za-z0-9-]{1,32}$/);
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('base64'));

  it('has what was written, and is printed without it', () => {
    const entries = fc
      .array(fc.tuple(id, key), { minLength: 1, maxLength: 6 })
      .filter((all) => [0, 1].every((part) => new Set(all.map((entry) => entry[part])).size === all.length));
    fc.assert(
      fc.property(entries, fc.constantFrom('\n', '\r\n', '\n# x\n'), (all, end) => {
        const text = all.map((entry) => entry.join(' ')).join(end);
        expect(read(text)).toEqual(all);
        for (const [, secret] of all) expect(JSON.stringify(parseKeyRing(text))).not.toContain(secret);
      }),
    );
  });

  it('refuses any other text with a sentence that repeats nothing of it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 12 }), key, (noise, secret) => {
        // a line begun with a key, as when the id is forgotten
        const text = `${secret} ${noise.replaceAll('#', '')}`;
        try {
          parseKeyRing(text);
          expect.unreachable('it was taken');
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          expect((error as Error).message).not.toContain(secret.slice(0, 12));
        }
      }),
    );
  });
});
