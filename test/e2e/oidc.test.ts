/** Tokens of an identity provider, over real HTTP. What is wrong with a token is tested beside the verifier. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { IssuerKeys } from '../../src/access/oidc/issuer-keys.js';
import { StartupRefusedError } from '../../src/database/startup-refused.error.js';
import { eventually } from '../support/eventually.js';
import { IdentityProvider } from '../support/identity-provider.js';
import { serveApp, startApp, type RunningApp, type ServedApp } from '../support/running-app.js';

interface Refusal {
  code: string;
  reason?: string;
}

describe('a service with an identity provider', () => {
  let app: RunningApp;
  let provider: IdentityProvider;
  let oidc: { issuer: string; audience: string; scopesClaim: string };
  beforeAll(async () => {
    provider = await IdentityProvider.start();
    oidc = { issuer: provider.issuer, audience: 'novitai', scopesClaim: 'roles' };
    app = await startApp({ config: { oidc } });
    const token = await provider.token({ roles: ['instances:read'] });
    // it waits three seconds for the keys, which a busy machine may need longer for; then it keeps them
    await eventually('it has read the keys', async () => (await ask(token)).status === 200);
  });
  afterAll(async () => {
    await app.stop();
    await provider.stop();
  });

  const ask = (token: string | null, path = '/api/instances', { api }: ServedApp | RunningApp = app) =>
    api.request<Refusal>('GET', path, undefined, token === null ? {} : { authorization: `Bearer ${token}` });

  it('asks for a token although it has no key, and serves it by its scopes and under its name', async () => {
    expect(await ask(null)).toMatchObject({ status: 401, body: { code: 'API_KEY_REQUIRED' } });
    const roles = ['instances:read', 'instances:write'];
    const token = await provider.token({ sub: 'auth0|alice', roles });
    expect((await ask(token)).status).toBe(200);
    const operators = await ask(token, '/api/jobs');
    expect(operators).toMatchObject({
      status: 403,
      body: { code: 'SCOPE_MISSING', detail: 'The token lacks the scope operations:read.' },
    });
    expect((await ask(await provider.token())).body.code).toBe('SCOPE_MISSING');
    const created = await app.api.create({}, { authorization: `Bearer ${token}` });
    expect(created.status).toBe(202);
    const events = await ask(token, `/api/events?actor=${encodeURIComponent('oidc:auth0|alice')}`);
    expect(events).toMatchObject({
      status: 200,
      body: { data: [{ type: 'instance.created', actor: 'oidc:auth0|alice' }] },
    });
  });

  it('says what is wrong with another token', async () => {
    expect(await ask(await provider.token({ aud: 'another' }))).toMatchObject({
      status: 401,
      body: { code: 'TOKEN_INVALID', reason: 'audience' },
    });
    expect(await ask(await provider.token({ exp: 1 }))).toMatchObject({ status: 401, body: { code: 'TOKEN_EXPIRED' } });
  });

  it('says 503 while the provider has never answered, knows API keys meanwhile, and recovers by itself', async () => {
    const away = await IdentityProvider.start();
    await away.stop();
    const replica = await serveApp(app.novita, app.databaseUrl, { oidc: { ...oidc, issuer: away.issuer } });
    try {
      const token = await away.token({ roles: ['instances:read'] });
      const refused = await ask(token, undefined, replica);
      expect(refused).toMatchObject({ status: 503, body: { code: 'IDENTITY_PROVIDER_UNAVAILABLE' } });
      expect(refused.headers.get('retry-after')).toBe('5');
      const manager = { authorization: `Bearer ${await provider.token({ roles: ['keys:write', 'instances:read'] })}` };
      const made = await app.api.request<{ key: string }>(
        'POST',
        '/api/keys',
        { name: 'by-alice', scopes: ['instances:read'] },
        manager,
      );
      expect(made.status).toBe(201);
      expect((await ask(made.body.key, undefined, replica)).status).toBe(200);
      const back = await IdentityProvider.start(away.port);
      try {
        const fresh = await back.token({ roles: ['instances:read'] });
        await eventually('tokens are judged again', async () => (await ask(fresh, undefined, replica)).status === 200);
      } finally {
        await back.stop();
      }
    } finally {
      await replica.close();
    }
  });

  it('does not start without an audience', async () => {
    await expect(serveApp(app.novita, app.databaseUrl, { oidc: { issuer: provider.issuer } })).rejects.toThrow(
      StartupRefusedError,
    );
  });
});

describe('the keys of a provider', () => {
  const NO_TOKEN = { payload: '', signature: '' };
  const PATIENT = { timeoutMs: 60_000, cooldownMs: 0 };
  let provider: IdentityProvider;
  let nowMs = 0;
  beforeEach(async () => {
    provider = await IdentityProvider.start();
    nowMs = 1_000_000;
  });
  afterEach(() => provider.stop());
  const keysOf = (pace = PATIENT): IssuerKeys => new IssuerKeys(provider.issuer, () => nowMs, pace);
  const find = (keys: IssuerKeys, kid: string) => keys.keyFor({ alg: 'RS256', kid }, NO_TOKEN);
  const reads = (): number => provider.asked.filter((path) => path === '/keys').length;

  it('are read once for many tokens, again for an unknown one, and not for each unknown one', async () => {
    const keys = keysOf({ ...PATIENT, cooldownMs: 3_600_000 });
    await Promise.all(Array.from({ length: 20 }, () => find(keys, 'first')));
    expect(reads()).toBe(1);
    for (let time = 0; time < 5; time++) await expect(find(keys, 'unknown')).rejects.toThrow('no applicable key');
    expect(reads()).toBe(1);
    const eager = keysOf();
    await find(eager, 'first');
    await provider.addKey('second');
    await find(eager, 'second');
  });

  it('stay in use while the provider is away, and are read again without a request that waits', async () => {
    const keys = keysOf();
    await find(keys, 'first');
    let isAsked = false;
    provider.instead = () => (isAsked = true);
    nowMs += 11 * 60_000;
    // never answered: the request does not wait for it
    await find(keys, 'first');
    await eventually('they are read again', () => isAsked);
  });

  it.each<[what: string, instead: IdentityProvider['instead']]>([
    ['fails', (_, response) => (response.writeHead(500).end(), true)],
    ['leads elsewhere', (_, response) => (response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), true)],
    ['says too much', (_, response) => (response.end(`"${'x'.repeat(300_000)}"`), true)],
    ['says no JSON', (_, response) => (response.end('<html>'), true)],
    [
      'is another',
      (_, response) => (response.end('{"issuer":"https://evil.example","jwks_uri":"http://127.0.0.1:1/"}'), true),
    ],
  ])('are not taken from a provider that %s, and are once it is well', async (_, instead) => {
    provider.instead = instead;
    const keys = keysOf();
    await expect(find(keys, 'first')).rejects.not.toThrow('no applicable key');
    provider.instead = () => false;
    nowMs += 6_000;
    await expect(find(keys, 'first')).resolves.toBeDefined();
  });

  it('are not asked for by every request while the provider is away', async () => {
    const keys = keysOf();
    provider.instead = (_, response) => (response.writeHead(500).end(), true);
    for (let time = 0; time < 5; time++) await expect(find(keys, 'first')).rejects.toThrow('answers 500');
    expect(provider.asked).toHaveLength(1);
    nowMs += 6_000;
    await expect(find(keys, 'first')).rejects.toThrow('answers 500');
    expect(provider.asked).toHaveLength(2);
  });
});
