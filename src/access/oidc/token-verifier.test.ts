import {
  createLocalJWKSet,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  SignJWT,
  UnsecuredJWT,
  type JWTPayload,
} from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { DomainError } from '../../errors/domain-error.js';
import { TokenVerifier, type TokenRules } from './token-verifier.js';

const NOW = new Date('2026-01-01T12:00:00Z');
const NOW_SECONDS = NOW.getTime() / 1000;
const ISSUER = 'https://login.example/realms/gpu';
const RIGHT: JWTPayload = {
  iss: ISSUER,
  aud: ['other', 'novitai'],
  sub: 'auth0|alice',
  exp: NOW_SECONDS + 300,
  scope: 'openid instances:read gpu-operators',
  realm: { project: 'vision' },
};
const RULES: TokenRules = {
  issuer: ISSUER,
  audience: 'novitai',
  scopesClaim: 'scope',
  scopeWords: { 'gpu-operators': ['operations:read'] },
  projectClaim: 'realm.project',
};

let ours: Awaited<ReturnType<typeof generateKeyPair>>;
let theirs: typeof ours;
let verifier: TokenVerifier;
beforeAll(async () => {
  [ours, theirs] = [await generateKeyPair('RS256', { extractable: true }), await generateKeyPair('RS256')];
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(ours.publicKey)), kid: 'one', alg: 'RS256' }] });
  verifier = new TokenVerifier(RULES, keys, { now: () => NOW });
});

const sign = (claims: JWTPayload, kid = 'one', key = ours.privateKey): Promise<string> =>
  new SignJWT({ ...RIGHT, ...claims }).setProtectedHeader({ alg: 'RS256', kid }).sign(key);

const refusal = async (token: string): Promise<string> => {
  const error = await verifier.identityOf(token).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DomainError)) throw new Error('it was not refused', { cause: error });
  return [error.code, error.details.reason].filter(Boolean).join(' ');
};

it('a right token gives its subject, its scopes by name and by word, and its project', async () => {
  expect(await verifier.identityOf(await sign({}))).toEqual({
    subject: 'auth0|alice',
    scopes: new Set(['instances:read', 'operations:read']),
    project: 'vision',
  });
});

it.each([
  ['no claim', undefined],
  ['only words of others', 'openid profile'],
  ['a number', 7],
  ['a list of other things', [1, null, ['instances:read']]],
  ['an inherited name', '__proto__ constructor toString'],
])('a token with %s for its scopes may do nothing', async (_, scope) => {
  expect((await verifier.identityOf(await sign({ scope }))).scopes.size).toBe(0);
});

it.each([undefined, 7, '', 'two words', 'x'.repeat(101), ['vision']])(
  'a token whose project is %j is refused',
  async (project) => {
    expect(await refusal(await sign({ realm: { project } }))).toBe('TOKEN_INVALID claims');
  },
);

describe('a token is refused', () => {
  it.each<[what: string, claims: JWTPayload, code: string]>([
    ['of another issuer', { iss: 'https://login.example/realms/other' }, 'TOKEN_INVALID issuer'],
    ['whose issuer has one slash more', { iss: `${ISSUER}/` }, 'TOKEN_INVALID issuer'],
    ['without an issuer', { iss: undefined }, 'TOKEN_INVALID issuer'],
    ['for another audience', { aud: 'other' }, 'TOKEN_INVALID audience'],
    ['for a longer audience', { aud: 'novitai-admin' }, 'TOKEN_INVALID audience'],
    ['for no audience', { aud: undefined }, 'TOKEN_INVALID audience'],
    ['that has expired', { exp: NOW_SECONDS - 11 }, 'TOKEN_EXPIRED'],
    ['without an end', { exp: undefined }, 'TOKEN_INVALID claims'],
    ['whose end is a text', { exp: 'never' as never }, 'TOKEN_INVALID claims'],
    ['that is not valid yet', { nbf: NOW_SECONDS + 11 }, 'TOKEN_INVALID notYetValid'],
    ['without a subject', { sub: undefined }, 'TOKEN_INVALID claims'],
    ['with an empty subject', { sub: '' }, 'TOKEN_INVALID claims'],
    ['with a subject of 256 characters', { sub: 'x'.repeat(256) }, 'TOKEN_INVALID claims'],
    ['with a line break in its subject', { sub: 'alice\nbob' }, 'TOKEN_INVALID claims'],
    ['whose subject is no text', { sub: 7 as never }, 'TOKEN_INVALID claims'],
  ])('%s', async (_, claims, code) => {
    expect(await refusal(await sign(claims))).toBe(code);
  });

  it('that is signed by another key, or by one that nobody knows', async () => {
    expect(await refusal(await sign({}, 'one', theirs.privateKey))).toBe('TOKEN_INVALID signature');
    expect(await refusal(await sign({}, 'two', theirs.privateKey))).toBe('TOKEN_INVALID unknownKey');
  });

  it('that is not signed, or by the public key as an HMAC', async () => {
    expect(await refusal(new UnsecuredJWT(RIGHT).encode())).toBe('TOKEN_INVALID algorithm');
    const secret = new TextEncoder().encode(await exportSPKI(ours.publicKey));
    const forged = new SignJWT(RIGHT).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(secret);
    expect(await refusal(await forged)).toBe('TOKEN_INVALID algorithm');
  });

  it('that was changed or is none', async () => {
    const [header = '', , signature = ''] = (await sign({})).split('.');
    const changed = Buffer.from(JSON.stringify({ ...RIGHT, sub: 'bob' })).toString('base64url');
    expect(await refusal(`${header}.${changed}.${signature}`)).toBe('TOKEN_INVALID signature');
    for (const text of ['a.b.c', 'e30.e30.', `${header}.e30.${signature}`, '..']) {
      expect(await refusal(text), text).toMatch(/^TOKEN_INVALID (malformed|algorithm|signature)$/);
    }
  });
});

it('is judged within the tolerance of clocks', async () => {
  for (const claims of [{ exp: NOW_SECONDS - 9 }, { nbf: NOW_SECONDS + 9 }]) {
    await expect(verifier.identityOf(await sign(claims))).resolves.toMatchObject({ subject: 'auth0|alice' });
  }
});

it('knows a token from an API key', async () => {
  expect(TokenVerifier.isToken(await sign({}))).toBe(true);
  expect(TokenVerifier.isToken(`nvt_01JGFJJZ00N5MQ2YS3B3X8T1RV_${'0'.repeat(72)}`)).toBe(false);
});
