import { describe, expect, it } from 'vitest';
import { Sealing } from '../../secrets/sealing.js';
import { addSeconds } from '../../time/clock.js';
import {
  openSecrets,
  rotated,
  sealSecrets,
  secretsThatSign,
  webhookSecretsContext,
  writeSecret,
  type SigningSecrets,
} from './signing-secrets.js';

const NOON = new Date(Date.UTC(2026, 0, 5, 12));
const at = (seconds: number): Date => addSeconds(NOON, seconds);
const FIRST: SigningSecrets = { current: 'whsec_one', previous: [] };

describe('the secrets that sign', () => {
  it('are the new one and those before, each until its time is over', () => {
    const second = rotated(FIRST, 'whsec_two', at(60), NOON);
    expect(secretsThatSign(second, NOON)).toEqual(['whsec_two', 'whsec_one']);
    expect(secretsThatSign(second, at(59))).toEqual(['whsec_two', 'whsec_one']);
    expect(secretsThatSign(second, at(60))).toEqual(['whsec_two']);
  });

  it('are all of them when a rotation is repeated', () => {
    const third = rotated(rotated(FIRST, 'whsec_two', at(60), NOON), 'whsec_three', at(61), at(1));
    expect(secretsThatSign(third, at(1))).toEqual(['whsec_three', 'whsec_two', 'whsec_one']);
    expect(secretsThatSign(third, at(60))).toEqual(['whsec_three', 'whsec_two']);
  });

  it('is the new one alone when those before shall end at once, or cannot be read', () => {
    const second = rotated(FIRST, 'whsec_two', at(3_600), NOON);
    expect(secretsThatSign(rotated(second, 'whsec_three', at(1), at(1)), at(1))).toEqual(['whsec_three']);
    expect(rotated(null, 'whsec_new', at(60), NOON)).toEqual({ current: 'whsec_new', previous: [] });
  });

  it('stay few, however often they are rotated', () => {
    let secrets = FIRST;
    for (let count = 0; count < 20; count++) secrets = rotated(secrets, `whsec_${count}`, at(60), NOON);
    expect(secretsThatSign(secrets, NOON)).toHaveLength(6);
  });

  it('begin as Standard Webhooks says', () => {
    expect(writeSecret(Buffer.alloc(32))).toBe(`whsec_${'A'.repeat(43)}=`);
  });
});

describe('sealed secrets', () => {
  const sealing = new Sealing('a deployment secret of some length');
  const SECRETS = rotated(FIRST, 'whsec_two', at(60), NOON);

  it('open as they were sealed, for their endpoint only', () => {
    const sealed = sealSecrets('whk_1', SECRETS, sealing);
    expect(sealed).not.toContain('whsec');
    expect(openSecrets('whk_1', sealed, sealing)).toEqual(SECRETS);
    expect(openSecrets('whk_2', sealed, sealing)).toBeNull();
    expect(openSecrets('whk_1', sealed, new Sealing('another secret'))).toBeNull();
  });

  it.each(['', 'text', '{}', '{"current":"whsec_"}', '{"current":""}', '{"current":7}', 'null', '[]'])(
    'with the contents %j are unreadable',
    (text) => {
      expect(openSecrets('whk_1', sealing.seal(text, webhookSecretsContext('whk_1')), sealing)).toBeNull();
    },
  );
});
