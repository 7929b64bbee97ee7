import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secrets } from './secrets.js';
import { UpstreamText } from './upstream-text.js';

const SECRET = 'pä"ss\\w<o>r&d /+=%';
const FORMS: [form: string, text: string][] = [
  ['as it is', SECRET],
  ['in JSON', JSON.stringify({ at: SECRET })],
  ['in JSON in JSON', JSON.stringify({ at: JSON.stringify(SECRET) })],
  [
    'in JSON as Go writes it',
    JSON.stringify(SECRET).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026'),
  ],
  ['in a URL', encodeURIComponent(SECRET)],
  ['in a form', new URLSearchParams({ q: SECRET }).toString()],
  ['in lower-case percents', encodeURIComponent(SECRET).toLowerCase()],
  ['in a form with lower-case percents', new URLSearchParams({ q: SECRET }).toString().toLowerCase()],
  ['in base64', Buffer.from(SECRET).toString('base64')],
  ['in base64 after one byte', Buffer.from(`:${SECRET}`).toString('base64')],
  ['in base64 after two bytes', Buffer.from(`u:${SECRET}`).toString('base64')],
  ['in base64url between others', Buffer.from(`user:${SECRET}:more`).toString('base64url')],
];

describe('hiding secrets', () => {
  it.each(FORMS)('finds one %s', (_form, text) => {
    const hidden = new Secrets([SECRET]).hideIn(`before ${text} after`);
    expect(hidden).toContain('[redacted]');
    expect(hidden).toMatch(/^before .* after$/);
    expect(hidden.length).toBeLessThan(40);
  });

  it('finds each line of one that has several', () => {
    const key = '-----BEGIN KEY-----\nMIIBVgIBADANBg\nkqhkiG9w0BAQEF\n';
    expect(new Secrets([key]).hideIn('bad line: kqhkiG9w0BAQEF')).toBe('bad line: [redacted]');
  });

  it('hides the whole of two that overlap', () => {
    expect(new Secrets(['abcdefgh', 'efghijkl']).hideIn('x abcdefghijkl y')).toBe('x [redacted] y');
  });

  it('hides the whole of one in which a shorter one lies', () => {
    expect(new Secrets(['abcdefghijkl', 'cdefgh']).hideIn('x abcdefghijkl y')).toBe('x [redacted] y');
  });

  it('hides each of two in a row', () => {
    expect(new Secrets(['abcdef']).hideIn('abcdefabcdef')).toBe('[redacted][redacted]');
  });

  it('finds one in base64url where base64 would have a slash and a plus', () => {
    const text = Buffer.from('???>>>abc').toString('base64url');
    expect(text).toBe('Pz8_Pj4-YWJj');
    expect(new Secrets(['???>>>abc']).hideIn(text)).toBe('[redacted]');
  });

  it.each(['1', 'true', 'false', '8080', 'prod', 'production', 'running', 'localhost'])(
    'leaves %s readable',
    (value) => {
      expect(new Secrets([value]).hideIn(`port 8080 is ${value}`)).toBe(`port 8080 is ${value}`);
    },
  );

  it('shows nothing when the secrets are not known', () => {
    expect(Secrets.UNKNOWN.plus(['abcdef']).hideIn('anything')).not.toContain('anything');
  });

  it('leaves nothing of any secret in any text', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6 }), fc.string(), fc.string(), (secret, before, after) => {
        fc.pre(secret.trim().length >= 6 && !'[redacted]'.includes(secret.trim()));
        const hidden = new Secrets([secret]).hideIn(`${before}${secret}${after}`);
        expect(hidden).toContain('[redacted]');
      }),
    );
  });
});

describe('a text of somebody else', () => {
  const text = new UpstreamText(`bad\u0000value ${SECRET} ${'x'.repeat(100)}`, 40, ['nearby-secret']);

  it('is told in words without secrets, and cut after they are hidden', () => {
    expect(text.redact(new Secrets([SECRET]))).toBe(`bad value [redacted] ${'x'.repeat(19)}`);
    expect(new UpstreamText('a nearby-secret', 40, ['nearby-secret']).redact(Secrets.NONE)).toBe('a [redacted]');
  });

  it('is cut between characters, and never within one', () => {
    expect(new UpstreamText('😀😀😀😀', 3).redact(Secrets.NONE)).toBe('😀😀😀');
  });

  it('is told in no other way: no string takes it, and nothing prints it', () => {
    // @ts-expect-error it is no string
    const refused: string = text;
    expect(refused).toBe(text);
    const printed = [text.toString(), JSON.stringify({ text }), inspect({ text })];
    for (const way of printed) expect(way).not.toContain('value');
  });

  it('is examined as it is', () => {
    expect(new UpstreamText(' a\u0000', 40).examine((exactly) => exactly === ' a ')).toBe(true);
  });
});
