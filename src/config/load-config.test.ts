import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.js';
import { type Environment, loadConfig } from './load-config.js';

const KEY = 'sk_0123456789';
const load = (environment: Environment) => loadConfig({ NOVITA_API_KEY: KEY, ...environment });

const mistakesOf = (environment: Environment): readonly string[] => {
  try {
    load(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
};

const WRONG: [name: string, text: string][] = [
  ['NODE_ENV', 'staging'],
  ['PORT', 'abc'],
  ['PORT', '70000'],
  ['PORT', '-1'],
  ['PORT', '3000.5'],
  ['PORT', '0x10'],
  ['PORT', '3e3'],
  ['HOST', 'not a host'],
  ['HOST', '10.0.0.0/8'],
  ['HOST', 'http://localhost'],
  ['LOG_LEVEL', 'verbose'],
  ['LOG_LEVEL', 'INFO'],
  ['ROLE', 'workers'],
  ['DATABASE_URL', 'localhost:5432/novitai'],
  ['DATABASE_URL', 'mysql://u:p@localhost/novitai'],
  ['DATABASE_URL', 'postgres://u:p@localhost'],
  ['DATABASE_URL', 'postgres:///novitai'],
  ['DATABASE_MAX_CONNECTIONS', '1'],
  ['DATABASE_MAX_CONNECTIONS', 'many'],
  ['NOVITA_API_KEY', 'short'],
  ['NOVITA_API_KEY', 'two words here'],
  ['NOVITA_API_KEY', 'evil\r\nHost: elsewhere'],
  ['NOVITA_API_BASE_URL', 'api.novita.ai'],
  ['NOVITA_API_BASE_URL', 'ftp://api.novita.ai/openapi'],
  ['NOVITA_API_BASE_URL', 'https://api.novita.ai/gpu-instance/openapi/v1'],
  ['NOVITA_API_BASE_URL', 'https://api.novita.ai/gpu-instance/openapi/v1/'],
  ['NOVITA_API_BASE_URL', 'https://api.novita.ai/openapi?key=1'],
  ['NOVITA_API_BASE_URL', 'https://me:secret@api.novita.ai/openapi'],
  ['NOVITA_API_BASE_URL', 'http://api.novita.ai/openapi'],
  ['NOVITA_REQUESTS_PER_MINUTE', '0'],
  ['NOVITA_TIMEOUT_MS', '30s'],
  ['NOVITA_TIMEOUT_MS', '99'],
  ['CACHE_TIMEOUT', '-5'],
  ['RATE_LIMIT_WINDOW_MS', '1'],
  ['RATE_LIMIT_MAX_REQUESTS', 'Infinity'],
  ['MAX_CONCURRENT_JOBS', '0'],
  ['MAX_CONCURRENT_JOBS', '1001'],
  ['DEPLOYMENT_SECRET', 'too short'],
  ['ENCRYPTION_KEYS', '# no key'],
  ['ENCRYPTION_KEYS', 'a c2hvcnQ='],
  ['CREATES_ENABLED', 'yes'],
  ['CREATES_ENABLED', '1'],
  ['CREATE_SETTLE_SECONDS', '0'],
  ['CAPACITY_TIMEOUT_SECONDS', '1h'],
  ['PROVISION_TIMEOUT_SECONDS', '99999999'],
  ['START_TIMEOUT_SECONDS', 'NaN'],
  ['STOP_TIMEOUT_SECONDS', '1,000'],
  ['REPLACEMENT_DRAIN_SECONDS', '-1'],
  ['READINESS_TIMEOUT_SECONDS', '0'],
  ['PROBE_ALLOW_ADDRESSES', 'localhost'],
  ['PROBE_ALLOW_ADDRESSES', '10.0.0.0/33'],
  ['PROBE_ALLOW_ADDRESSES', '10.0.0.1,,300.0.0.1'],
  ['SHUTDOWN_GRACE_SECONDS', '-1'],
  ['TRUST_PROXY', 'true'],
  ['TRUST_PROXY', '10.0.0.0/8,0.0.0.0/0'],
  ['TRUST_PROXY', '::/00'],
  ['ALLOWED_HOSTS', 'gpu.example.com:3000'],
  ['ALLOWED_HOSTS', 'https://gpu.example.com'],
  ['ALLOWED_HOSTS', '*.example.com'],
  ['ALLOWED_HOSTS', 'localhost,a b'],
  ['ALLOWED_HOSTS', '10.0.0.0/33'],
  ['CORS_ORIGINS', '*'],
  ['CORS_ORIGINS', 'null'],
  ['CORS_ORIGINS', 'console.example'],
  ['CORS_ORIGINS', 'https://console.example/'],
  ['CORS_ORIGINS', 'https://console.example,https://*.example'],
  ['FIRST_API_KEY', 'my-first-key'],
  ['OIDC_ISSUER', 'login.example'],
  ['OIDC_ISSUER', 'http://login.example'],
  ['OIDC_SCOPES_CLAIM', 'two words'],
  ['OIDC_SCOPE_WORDS', 'operators=all'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
  ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'https://me:secret@collector.example/v1/traces'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'a key without a name'],
  ['OTEL_SERVICE_NAME', 'x'.repeat(256)],
  ['OTEL_RESOURCE_ATTRIBUTES', 'production'],
  ['OTEL_TRACES_SAMPLER', 'sometimes'],
  ['OTEL_TRACES_SAMPLER_ARG', '50%'],
  ['OTEL_SDK_DISABLED', 'yes'],
];

describe('a configuration', () => {
  it.each(WRONG)('with %s=%j is refused by a sentence that names the variable', (name, text) => {
    const mistakes = mistakesOf({ [name]: text });
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toMatch(new RegExp(`^${name} must be .+; .+\\.$`));
  });

  it('with many mistakes is refused once, with all of them', () => {
    const environment = { NOVITA_API_KEY: '', PORT: 'x', ROLE: 'y', CREATES_ENABLED: 'z' };
    expect(
      mistakesOf(environment)
        .map((mistake) => mistake.split(' ')[0])
        .sort(),
    ).toEqual(Object.keys(environment).sort());
  });

  it('without a key says where to get one and how to do without', () => {
    const [mistake] = mistakesOf({ NOVITA_API_KEY: undefined });
    expect(mistake).toContain('https://novita.ai/settings/key-management');
    expect(mistake).toContain('npm run sandbox');
  });

  it('never shows a secret: not in a refusal, not printed, not as JSON', () => {
    const secret = 'mysql://user:hunter2@host/db';
    expect(mistakesOf({ DATABASE_URL: secret }).join()).not.toContain('hunter2');
    const config = load({ DATABASE_URL: 'postgres://user:hunter2@host/db' });
    expect(`${inspect(config, { depth: 9, showHidden: true })}${JSON.stringify(config)}`).not.toMatch(
      /hunter2|sk_0123/,
    );
    expect(config.database.url?.reveal()).toContain('hunter2');
  });

  it('is frozen in every part', () => {
    const config = load({});
    expect(Object.values(config).every((feature) => Object.isFrozen(feature))).toBe(true);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('takes a variable that is set to nothing, or to spaces around a value, in good part', () => {
    const config = load({ PORT: '', HOST: ' 0.0.0.0 ', DATABASE_URL: '  ' });
    expect(config.server).toMatchObject({ port: 3000, host: '0.0.0.0' });
    expect(config.database.url).toBeNull();
  });

  it('has no open route for the word none, and otherwise those that are named', () => {
    expect(load({ OPEN_ROUTES: 'none' }).access.openRoutes).toEqual([]);
    expect(load({ OPEN_ROUTES: 'health, metrics' }).access.openRoutes).toEqual(['health', 'metrics']);
  });

  it('gives words of an identity provider their scopes', () => {
    const words = 'gpu-users=instances:read+instances:write, https://x.example/admins=keys:write';
    expect(load({ OIDC_SCOPE_WORDS: words }).oidc.scopeWords).toEqual({
      'gpu-users': ['instances:read', 'instances:write'],
      'https://x.example/admins': ['keys:write'],
    });
  });

  it('loses the slash at the end of the base URL and splits the list of addresses', () => {
    const config = load({
      NOVITA_API_BASE_URL: 'http://127.0.0.1:4010/openapi/',
      PROBE_ALLOW_ADDRESSES: '127.0.0.1, 10.0.0.0/8, ::1',
    });
    expect(config.novitaApi.baseUrl).toBe('http://127.0.0.1:4010/openapi');
    expect(config.instances.probeAllowAddresses).toEqual(['127.0.0.1', '10.0.0.0/8', '::1']);
    // as the compose files write it when there is nothing to add
    expect(load({ ALLOWED_HOSTS: '172.30.83.0/24,' }).server.allowedHosts).toEqual(['172.30.83.0/24']);
    expect(load({ ALLOWED_HOSTS: 'Gpu_1.lan., fd00::/8' }).server.allowedHosts).toEqual(['Gpu_1.lan.', 'fd00::/8']);
  });
});
