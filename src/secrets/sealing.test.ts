import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { OF_SECRET, Sealing, UnsealError } from './sealing.js';

const SECRET = 'a deployment secret of some length';
const PLACE = 'instances|ins_1|sealed_envs';

describe('sealing', () => {
  it('opens what it sealed, whatever the text', () => {
    const sealing = new Sealing(SECRET);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, place) => {
        expect(sealing.open(sealing.seal(text, place), place)).toBe(text);
      }),
    );
  });

  it('never seals the same text twice alike, and shows nothing of it', () => {
    const sealing = new Sealing(SECRET);
    const [one, two] = [sealing.seal('password', PLACE), sealing.seal('password', PLACE)];
    expect(one).not.toBe(two);
    expect(one).not.toContain('password');
  });

  it('does not open at another place', () => {
    const sealing = new Sealing(SECRET);
    expect(() => sealing.open(sealing.seal('text', PLACE), 'instances|ins_2|sealed_envs')).toThrow(UnsealError);
  });

  it('does not open when any part of it was changed', () => {
    const sealing = new Sealing(SECRET);
    const sealed = sealing.seal('some text', PLACE);
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = `${sealed.slice(0, index)}${sealed[index] === 'B' ? 'C' : 'B'}${sealed.slice(index + 1)}`;
      // base64url has spare bits at its end: another letter may mean the same bytes
      if (
        Buffer.from(changed.split('.')[3] ?? '', 'base64url').equals(
          Buffer.from(sealed.split('.')[3] ?? '', 'base64url'),
        ) &&
        index > sealed.lastIndexOf('.')
      )
        continue;
      expect(() => sealing.open(changed, PLACE)).toThrow(UnsealError);
    }
  });

  it('does not open with another secret, unless it knows that one as well', () => {
    const sealed = new Sealing(SECRET).seal('text', PLACE);
    expect(() => new Sealing('another secret').open(sealed, PLACE)).toThrow(UnsealError);
    const rotated = new Sealing('another secret', SECRET);
    expect(rotated.open(sealed, PLACE)).toBe('text');
    expect(() => new Sealing(SECRET).open(rotated.seal('text', PLACE), PLACE)).toThrow(UnsealError);
  });

  const key = (id: string) => ({ id, bytes: randomBytes(32) });

  it('seals with the first key of a ring, and opens with all of them and with both secrets', () => {
    const [one, other] = [key('2026-01'), key('2026-02')];
    const older = [new Sealing(SECRET), new Sealing('another secret'), new Sealing('x', null, [one])];
    const sealing = new Sealing(SECRET, 'another secret', [other, one]);
    for (const before of older) expect(sealing.open(before.seal('text', PLACE), PLACE)).toBe('text');
    const sealed = sealing.seal('text', PLACE);
    expect(sealed).toMatch(/^s1\.2026-02\./);
    expect(sealing.currentPrefix).toBe('s1.2026-02.');
    expect(new Sealing('x', null, [one, other]).open(sealed, PLACE)).toBe('text');
    for (const without of [new Sealing(SECRET, 'another secret', [one]), new Sealing(SECRET, null, [key('2026-02')])]) {
      expect(() => without.open(sealed, PLACE)).toThrow(UnsealError);
    }
    for (const { currentPrefix } of [...older, sealing]) expect(sealing.knownPrefixes).toContain(currentPrefix);
    expect(sealing.knownPrefixes).toHaveLength(4);
  });

  it('seals with the key of the secret when its place is the first of the ring', () => {
    const plain = new Sealing(SECRET);
    const a = key('a');
    const before = new Sealing(SECRET, null, [OF_SECRET, a]);
    const after = new Sealing(SECRET, null, [a, OF_SECRET]);
    expect([before.currentPrefix, after.currentPrefix]).toEqual([plain.currentPrefix, 's1.a.']);
    // a replica of each kind opens what the others sealed, but for the one without the ring
    for (const sealed of [plain, before, after].map((sealing) => sealing.seal('text', PLACE))) {
      for (const opens of [before, after]) expect(opens.open(sealed, PLACE)).toBe('text');
    }
    expect(plain.open(before.seal('text', PLACE), PLACE)).toBe('text');
    expect(() => plain.open(after.seal('text', PLACE), PLACE)).toThrow(UnsealError);
  });

  it('refuses a ring in which a key has the id of a key of a secret', () => {
    const [, id = ''] = new Sealing(SECRET).currentPrefix.split('.');
    expect(() => new Sealing(SECRET, null, [key('a'), key(id)])).toThrow(RangeError);
    expect(() => new Sealing('x', SECRET, [key(id)])).toThrow(RangeError);
  });

  it('keeps what it has opened within a bound of bytes, however long the texts are', () => {
    const sealing = new Sealing(SECRET);
    const opens = (count: number, length: number): void => {
      for (let at = 0; at < count; at++) sealing.open(sealing.seal('x'.repeat(length), PLACE), PLACE);
    };
    opens(1_000, 100);
    const small = sealing.openedBytes;
    expect(small).toBeGreaterThan(1_000 * 300);
    opens(300, 100_000);
    expect(sealing.openedBytes).toBeGreaterThan(small);
    expect(sealing.openedBytes).toBeLessThanOrEqual(16 * 1024 * 1024);
  });

  it.each(['', 'text', 's1', 's1.abc', 's2.a.b.c', '....'])('refuses %j, which it never made', (text) => {
    expect(() => new Sealing(SECRET).open(text, PLACE)).toThrow(UnsealError);
  });
});
