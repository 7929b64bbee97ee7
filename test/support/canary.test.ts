import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canariesIn } from './canary.js';

const SECRET = 'a~secret/with "signs" & ünicode';
const CANARY = { kind: 'a password', texts: [SECRET] };

it('a canary is found in every form, whatever stands around it', () => {
  const forms: ((text: string) => string)[] = [
    (text) => text,
    (text) => JSON.stringify({ text }),
    (text) => encodeURIComponent(text),
    (text) => Buffer.from(text).toString('base64'),
    (text) => Buffer.from(text).toString('base64url'),
    (text) => Buffer.from(text).toString('hex'),
  ];
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.constantFrom(...forms), (before, after, form) => {
      expect(canariesIn(form(before + SECRET + after), [CANARY])).not.toEqual([]);
      expect(canariesIn(form(before + after), [CANARY])).toEqual([]);
    }),
  );
});
