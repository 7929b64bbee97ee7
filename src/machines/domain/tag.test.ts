import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INSTANCE_ID } from '../../../test/support/snapshot-builder.js';
import { Tagger } from './tag.js';

const tagger = new Tagger('a1b2c3d4', 'the secret of this deployment');
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'.split('');
const instanceId = fc
  .array(fc.constantFrom(...CROCKFORD), { minLength: 26, maxLength: 26 })
  .map((letters) => `ins_${letters.join('')}`);
const attempt = fc.integer({ min: 1, max: 36 ** 4 - 1 });
const one = tagger.write({ instanceId: INSTANCE_ID, attempt: 1 });

describe('a tag', () => {
  it('is read back as it was written, whatever instance and attempt', () => {
    fc.assert(
      fc.property(instanceId, attempt, (id, number) => {
        expect(tagger.read(tagger.write({ instanceId: id, attempt: number }))).toEqual({
          instanceId: id,
          attempt: number,
        });
      }),
    );
  });

  it('is a name that Novita takes: under 80 characters, lower-case letters, digits and hyphens', () => {
    fc.assert(
      fc.property(instanceId, attempt, (id, number) => {
        const tag = tagger.write({ instanceId: id, attempt: number });
        expect(tag.length).toBeLessThan(80);
        expect(tag).toMatch(/^[a-z0-9-]+$/);
      }),
    );
  });

  it('is another one for every attempt and every instance', () => {
    const tags = [1, 2, 36].map((number) => tagger.write({ instanceId: INSTANCE_ID, attempt: number }));
    expect(new Set([...tags, tagger.write({ instanceId: `${INSTANCE_ID.slice(0, -1)}W`, attempt: 1 })]).size).toBe(4);
  });

  it('is refused as soon as one character of it is another', () => {
    fc.assert(
      fc.property(
        fc.nat(one.length - 1),
        fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789-_ A'.split('')),
        (at, letter) => {
          fc.pre(one.charAt(at) !== letter);
          expect(tagger.read(one.slice(0, at) + letter + one.slice(at + 1))).toBeNull();
        },
      ),
    );
  });

  it('of another deployment is not ours, not even with our secret, nor with our id and another secret', () => {
    const ours = { instanceId: INSTANCE_ID, attempt: 1 };
    expect(tagger.read(new Tagger('zzzzzzzz', 'the secret of this deployment').write(ours))).toBeNull();
    expect(tagger.read(new Tagger('a1b2c3d4', 'another secret').write(ours))).toBeNull();
  });

  it('of the secret before is ours while that is known, and is told apart from those of the secret', () => {
    const ours = { instanceId: INSTANCE_ID, attempt: 1 };
    const next = new Tagger('a1b2c3d4', 'another secret', 'the secret of this deployment');
    expect(next.read(one)).toEqual(ours);
    expect([next.isCurrent(one), next.isCurrent(next.write(ours)), next.isCurrent('my-machine')]).toEqual([
      false,
      true,
      false,
    ]);
    expect(tagger.read(next.write(ours))).toBeNull();
    expect(new Tagger('a1b2c3d4', 'a third secret', 'another secret').read(one)).toBeNull();
  });

  it.each([
    '',
    'my-machine',
    'nvt-a1b2c3d4',
    one.toUpperCase(),
    `${one} `,
    ` ${one}`,
    `${one}\n`,
    `${one}-2`,
    `x${one}`,
    one.replace('nvt-', ''),
    one.slice(0, -1),
    `copy of ${one}`,
  ])('the name %j that a person may give is nobody’s', (name) => {
    expect(tagger.read(name)).toBeNull();
  });

  it('no text of any sort is taken for a tag', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 90 }), (text) => {
        expect(tagger.read(text)).toBeNull();
      }),
    );
  });
});
