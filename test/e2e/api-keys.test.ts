/** API keys: how they are made, what they open, and how they end. */
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCOPES, type Scope } from '../../src/vocabulary/scope.js';
import { hashOfSecret } from '../../src/access/api-key.js';
import { ApiClient } from '../support/api-client.js';
import { ApiDocument } from '../support/api-document.js';
import { eventually } from '../support/eventually.js';
import { send } from '../support/raw-http.js';
import { startApp, serveApp, type RunningApp } from '../support/running-app.js';

interface Made {
  id: string;
  key: string;
  name: string;
  scopes: Scope[];
  previousValidUntil: string | null;
  lastUsedAt: string | null;
  revokedAt: string | null;
}
interface Refusal {
  code: string;
  detail: string;
}

const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

const makerOf =
  (api: ApiClient, owner?: string) =>
  async (name: string, scopes: readonly Scope[] = SCOPES, more: object = {}): Promise<Made> => {
    const answer = await api.request<Made>('POST', '/api/keys', { name, scopes, ...more }, owner ? bearer(owner) : {});
    expect(answer).toMatchObject({ status: 201, body: { name, scopes } });
    return answer.body;
  };

describe('every route of the document', () => {
  const document = ApiDocument.load();
  let app: RunningApp;
  let keys: Record<'owner' | 'revoked' | 'expired' | 'wrong' | 'unknown', string>;
  const byScope = new Map<Scope, string>();

  beforeAll(async () => {
    app = await startApp({ config: { access: { openRoutes: [] } } });
    const { key: owner } = await makerOf(app.api)('owner');
    const make = makerOf(app.api, owner);
    const [revoked, expired, other] = await Promise.all([make('revoked'), make('expired'), make('other')]);
    for (const scope of SCOPES) byScope.set(scope, (await make(scope, [scope])).key);
    const database = new Client({ connectionString: app.databaseUrl });
    await database.connect();
    await database.query("UPDATE api_keys SET expires_at = now() - interval '1 hour' WHERE id = $1", [expired.id]);
    // its secret is no longer the one that was given
    await database.query('UPDATE api_keys SET secret_hash = $2 WHERE id = $1', [other.id, hashOfSecret('another')]);
    // as if it had never been made
    const { key: unknown, id } = await make('unknown');
    await database.query('DELETE FROM api_keys WHERE id = $1', [id]);
    await database.end();
    await app.api.request('DELETE', `/api/keys/${revoked.id}`, undefined, bearer(owner));
    keys = { owner, revoked: revoked.key, expired: expired.key, wrong: other.key, unknown };
  });
  afterAll(() => app.stop());

  const ask = async (method: string, path: string, headers: Record<string, string>) => {
    const response = await fetch(app.url + path.replace(/\{\w+\}/g, 'sample'), { method, headers });
    const isStream = response.headers.get('content-type') === 'text/event-stream';
    // a stream has no end
    if (isStream) await response.body?.cancel();
    const text = isStream ? '' : await response.text();
    const code =
      text !== '' && /problem\+json/.test(response.headers.get('content-type') ?? '')
        ? (JSON.parse(text) as Refusal).code
        : null;
    return { status: response.status, code, challenge: response.headers.get('www-authenticate') };
  };

  const scopeOf = ({ security }: { security?: Record<string, string[]>[] }): Scope | null =>
    (security?.[0]?.['apiKey']?.[0] ?? null) as Scope | null;

  it('names one scope, but for the probes', () => {
    for (const operation of document.operations) {
      const isProbe = /^\/health\/(live|ready|startup)$/.test(operation.path);
      expect([operation.operationId, scopeOf(operation) === null]).toEqual([operation.operationId, isProbe]);
    }
  });

  it.each(document.operations.map((operation) => [operation.operationId, operation] as const))(
    '%s is for keys of its scope and no others',
    async (_operationId, operation) => {
      const { method, path } = operation;
      const scope = scopeOf(operation);
      if (scope === null) {
        expect((await ask(method, path, {})).status).toBe(200);
        return;
      }
      const without = await ask(method, path, {});
      expect(without).toEqual({ status: 401, code: 'API_KEY_REQUIRED', challenge: 'Bearer' });
      for (const [key, code] of [
        [keys.revoked, 'API_KEY_REVOKED'],
        [keys.expired, 'API_KEY_EXPIRED'],
        [keys.wrong, 'API_KEY_INVALID'],
        [keys.unknown, 'API_KEY_INVALID'],
        ['nvt_', 'API_KEY_INVALID'],
      ] as const) {
        expect(await ask(method, path, bearer(key))).toEqual({ status: 401, code, challenge: 'Bearer' });
      }
      for (const [own, key] of byScope) {
        const { status, code } = await ask(method, path, bearer(key));
        if (own === scope) expect([401, 403], own).not.toContain(status);
        else expect({ status, code }, own).toEqual({ status: 403, code: 'SCOPE_MISSING' });
      }
    },
  );

  it.each([
    '//api/instances',
    '/api//instances',
    '/api/instances/',
    '/API/instances',
    '/api/%69nstances',
    '/api/instances;x=1',
    '/api/./instances',
    '/api/x/../instances',
    '/api/instances%2f',
    '/%2e/api/instances',
    'http://127.0.0.1/api/instances',
    '/nowhere',
    '/docs',
    '/docs/',
    '/docs/index.html',
    '/docs/swagger-ui.css',
    '/docs/swagger-ui-init.js',
    '/docs-json',
    '/docs/errors',
    '/metrics',
    '/health',
  ])('opens nothing when its path is written as %s', async (path) => {
    const port = Number(new URL(app.url).port);
    for (const method of ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS']) {
      const withoutKey = await send(port, { method, path });
      expect([400, 401, 404], `${method} ${withoutKey.status}`).toContain(withoutKey.status);
      const withUnknown = await send(port, { method, path, headers: bearer(keys.unknown) });
      expect(withUnknown.status).toBe(withoutKey.status);
    }
  });

  it('is closed to other schemes, two keys, and a key in another place', async () => {
    const { owner } = keys;
    const useless: Record<string, string>[] = [
      { authorization: owner },
      { authorization: `Basic ${owner}` },
      { authorization: `Bearer ${owner}, Bearer ${owner}` },
      { authorization: `Bearer ${owner} ` + 'x' },
      { 'x-api-key': owner },
      { cookie: `authorization=Bearer ${owner}` },
    ];
    for (const headers of useless) expect((await ask('GET', '/api/instances', headers)).status).toBe(401);
    expect((await ask('GET', `/api/instances?authorization=Bearer%20${owner}`, {})).status).toBe(401);
    expect((await ask('GET', '/api/instances', { authorization: `bearer  ${owner}` })).status).toBe(200);
  });
});

describe('an API key', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.stop());

  it('closes the service, and lives as its commands say', async () => {
    const { api } = app;
    expect((await api.request('GET', '/api/instances')).status).toBe(200);
    const { id: firstId, key: first } = await makerOf(api)('first');
    expect((await api.request<Refusal>('GET', '/api/instances')).body.code).toBe('API_KEY_REQUIRED');
    expect((await api.request('GET', '/api/instances', undefined, bearer(first))).status).toBe(200);
    for (const path of [
      '/docs',
      '/docs/swagger-ui-bundle.js',
      '/docs/swagger-ui-init.js',
      '/docs-json',
      '/docs/errors',
    ]) {
      expect((await fetch(app.url + path)).status, path).toBe(200);
    }
    expect((await fetch(`${app.url}/metrics`)).status).toBe(200);

    const second = await makerOf(api, first)('second', ['instances:read', 'keys:write']);
    const again = await api.request<Refusal>('POST', '/api/keys', { name: 'second', scopes: SCOPES }, bearer(first));
    expect(again).toMatchObject({ status: 409, body: { code: 'API_KEY_NAME_TAKEN' } });
    // no key gives more than it has, nor takes over a key that has more
    const more = await api.request<Refusal>('POST', '/api/keys', { name: 'more', scopes: SCOPES }, bearer(second.key));
    expect(more).toMatchObject({ status: 403, body: { code: 'SCOPE_MISSING' } });
    const taken = await api.request<Refusal>('POST', `/api/keys/${firstId}/rotate`, {}, bearer(second.key));
    expect(taken).toMatchObject({ status: 403, body: { code: 'SCOPE_MISSING' } });

    const rotated = await api.request<Made>('POST', `/api/keys/${second.id}/rotate`, {}, bearer(first));
    expect(rotated).toMatchObject({ status: 200, body: { id: second.id, name: 'second' } });
    expect(rotated.body.previousValidUntil).not.toBeNull();
    for (const key of [second.key, rotated.body.key]) {
      expect((await api.request('GET', '/api/instances', undefined, bearer(key))).status).toBe(200);
    }
    const last = await api.request<Made>(
      'POST',
      `/api/keys/${second.id}/rotate`,
      { previousValidSeconds: 0 },
      bearer(first),
    );
    for (const [key, code] of [
      [second.key, 'API_KEY_INVALID'],
      [rotated.body.key, 'API_KEY_EXPIRED'],
    ] as const) {
      expect((await api.request<Refusal>('GET', '/api/instances', undefined, bearer(key))).body.code).toBe(code);
    }
    expect((await api.request('GET', '/api/instances', undefined, bearer(last.body.key))).status).toBe(200);

    const { body: list } = await api.request<{ data: Made[] }>('GET', '/api/keys', undefined, bearer(first));
    expect(list.data.map(({ name }) => name)).toEqual(['second', 'first']);
    expect(JSON.stringify(list)).not.toMatch(/[0-9a-f]{64}/);
    await api.request('DELETE', `/api/keys/${firstId}`, undefined, bearer(first));
    expect((await api.request<Refusal>('GET', '/api/instances', undefined, bearer(first))).body.code).toBe(
      'API_KEY_REVOKED',
    );
    // the last key is revoked: the service stays closed
    await api.request('DELETE', `/api/keys/${second.id}`, undefined, bearer(last.body.key));
    expect((await api.request<Refusal>('GET', '/api/instances')).body.code).toBe('API_KEY_REQUIRED');
  });
});

describe('a key of a caller', () => {
  let app: RunningApp;
  let owner: Made;
  beforeAll(async () => {
    app = await startApp();
    owner = await makerOf(app.api)('owner');
  });
  afterAll(() => app.stop());

  it('is named by the events of what it did, and by its last use', async () => {
    const { api } = app;
    const caller = await makerOf(api, owner.key)('caller', ['instances:read', 'instances:write']);
    const created = await api.create({}, bearer(caller.key));
    expect(created.status).toBe(202);
    const { body } = await api.request<{ data: { type: string; actor: string }[] }>(
      'GET',
      `/api/events?actor=key:${caller.id}`,
      undefined,
      bearer(caller.key),
    );
    expect(body.data.map(({ type }) => type)).toEqual(['instance.created']);
    const audit = (key: string) =>
      api.request<{ data: { type: string; actor: string; subject: { id: string } }[] }>(
        'GET',
        `/api/events?subject=${caller.id}`,
        undefined,
        bearer(key),
      );
    expect((await audit(owner.key)).body.data).toMatchObject([
      { type: 'key.created', actor: `key:${owner.id}`, subject: { id: caller.id } },
    ]);
    // events of keys are for operators
    expect((await audit(caller.key)).body.data).toEqual([]);
    const secrets = `/api/instances/${created.body.id}?include=secrets`;
    expect(await api.request<Refusal>('GET', secrets, undefined, bearer(caller.key))).toMatchObject({
      status: 403,
      body: { code: 'SCOPE_MISSING' },
    });
    expect((await api.request('GET', secrets, undefined, bearer(owner.key))).status).toBe(200);
    await eventually('its use is noted', async () => {
      const { body: keys } = await api.request<{ data: Made[] }>('GET', '/api/keys', undefined, bearer(owner.key));
      return keys.data.every(({ lastUsedAt }) => lastUsedAt !== null);
    });
  });

  it('is counted by itself in the rate limit, whatever address it comes from', async () => {
    const make = makerOf(app.api, owner.key);
    const [one, other] = [await make('one', ['instances:read']), await make('other', ['instances:read'])];
    const closed = await serveApp(app.novita, app.databaseUrl, { rateLimit: { maxRequests: 3 } });
    const ask = async (key: string) => (await closed.api.request('GET', '/api/offers', undefined, bearer(key))).status;
    for (const status of [200, 200, 200, 429]) expect(await ask(one.key)).toBe(status);
    expect(await ask(other.key)).toBe(200);
    await closed.close();
  });
});
