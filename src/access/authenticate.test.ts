import { expect, it } from 'vitest';
import { DomainError } from '../errors/domain-error.js';
import { writeKey, type ApiKey } from './api-key.js';
import { Authenticator } from './authenticate.js';

const NOW = new Date('2026-01-01T12:00:00Z');
const idOf = (last: string): string => `key_01JGFJJZ00N5MQ2YS3B3X8T1R${last}`;

const make = (last: string, changes: Partial<ApiKey> = {}): { text: string; stored: ApiKey } => {
  const { key, secretHash } = writeKey(idOf(last), Buffer.alloc(32, last));
  const blank = {
    name: last,
    projectId: null,
    scopes: [],
    previous: null,
    createdAt: NOW,
    expiresAt: null,
    lastUsedAt: null,
  };
  return { text: key, stored: { ...blank, id: idOf(last), secretHash, revokedAt: null, ...changes } };
};

/** Writes down each step that a request causes outside of pure code. */
const authenticatorOf = (stored: readonly ApiKey[], servesWithoutKeys: boolean) => {
  const steps: string[] = [];
  class Recorded extends Map<string, ApiKey> {
    override get(id: string): ApiKey | undefined {
      steps.push('look up');
      return super.get(id);
    }
  }
  const known = new Recorded(stored.map((key) => [key.id, key]));
  const keys = {
    all: () => (steps.push('keys'), Promise.resolve(known)),
    renewed: () => (steps.push('renewed'), Promise.resolve(known)),
    noteUse: () => void steps.push('note use'),
  };
  const clock = { now: () => (steps.push('clock'), NOW) };
  return { steps, authenticator: new Authenticator(keys, clock, servesWithoutKeys) };
};

const codeOf = (outcome: Promise<unknown>): Promise<string> =>
  outcome.then(
    () => 'served',
    (error: unknown) => (error instanceof DomainError ? error.code : String(error)),
  );

it('takes the same steps for an unknown key and a wrong secret, and the same for all whose owner is known', async () => {
  const [right, revoked, expired, unknown] = [
    make('A'),
    make('B', { revokedAt: NOW }),
    make('C', { expiresAt: NOW }),
    make('D'),
  ];
  const { key: wrong } = writeKey(idOf('A'), Buffer.alloc(32, 'X'));
  const looked = ['keys', 'look up', 'clock'];
  // only the owner of a secret is refused without a second look
  const lookedTwice = [...looked, 'renewed', 'look up', 'clock'];
  for (const [text, code, taken] of [
    [unknown.text, 'API_KEY_INVALID', lookedTwice],
    [wrong, 'API_KEY_INVALID', lookedTwice],
    [revoked.text, 'API_KEY_REVOKED', looked],
    [expired.text, 'API_KEY_EXPIRED', looked],
  ] as const) {
    const { steps, authenticator } = authenticatorOf([right.stored, revoked.stored, expired.stored], true);
    expect(await codeOf(authenticator.identityOf(`Bearer ${text}`))).toBe(code);
    expect(steps, code).toEqual(taken);
  }
  const { steps, authenticator } = authenticatorOf([right.stored], true);
  expect(await codeOf(authenticator.identityOf(`Bearer ${right.text}`))).toBe('served');
  expect(steps).toEqual(['keys', 'look up', 'clock', 'note use']);
});

it.each([
  [true, [], 'served'],
  [false, [], 'API_KEY_REQUIRED'],
  [true, [make('A').stored], 'API_KEY_REQUIRED'],
  [true, [make('B', { revokedAt: NOW }).stored], 'API_KEY_REQUIRED'],
])(
  'where requests without keys are served: %s, with these keys, one without a key is: %s',
  async (serves, stored, code) => {
    const { authenticator } = authenticatorOf(stored, serves);
    expect(await codeOf(authenticator.identityOf(undefined))).toBe(code);
  },
);
