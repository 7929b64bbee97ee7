import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from './config.js';
import { loadConfig } from './load-config.js';
import { renderConfigurationDocs, renderEnvExample } from './settings-docs.js';
import { SETTINGS } from './settings.js';

describe('settings', () => {
  it('docs/configuration.md describes every setting as it is', async () => {
    await expect(renderConfigurationDocs()).toMatchFileSnapshot('../../docs/configuration.md');
  });

  it('.env.example shows every setting as it is', async () => {
    await expect(renderEnvExample()).toMatchFileSnapshot('../../.env.example');
  });

  it('.env.example is a working configuration once the key is filled in', () => {
    const example = parseEnv(renderEnvExample());
    expect(loadConfig({ ...example, NOVITA_API_KEY: 'sk_something' })).toEqual(
      loadConfig({ NOVITA_API_KEY: 'sk_something' }),
    );
  });

  it('each has a name and a place of its own', () => {
    expect(new Set(SETTINGS.map(({ name }) => name)).size).toBe(SETTINGS.length);
    const places = SETTINGS.map(({ goesTo }) => goesTo).filter((place) => place !== null);
    expect(new Set(places).size).toBe(places.length);
  });

  it('each is read by the code that it is for', async () => {
    const folder = fileURLToPath(new URL('..', import.meta.url));
    const files = (await readdir(folder, { recursive: true })).filter(
      (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('config/'),
    );
    const code = (await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')))).join('\n');
    const unread = SETTINGS.map(({ goesTo }) => goesTo?.split('.').at(-1)).filter(
      (property) => property !== undefined && !new RegExp(`(\\.|[{,]\\s*)${property}\\b`).test(code),
    );
    expect(unread).toEqual([]);
  });

  const NUMBERS = SETTINGS.flatMap(({ name, goesTo, expects }) => {
    const [, min, max] = /^a whole number from (-?\d+) to (\d+)$/.exec(expects) ?? [];
    return goesTo === null || max === undefined ? [] : [{ name, goesTo, min: Number(min), max: Number(max) }];
  });

  it('among them are numbers', () => {
    expect(NUMBERS.length).toBeGreaterThan(10);
  });

  it.each(NUMBERS)('$name takes $min and $max and all between, and nothing beyond', ({ name, goesTo, min, max }) => {
    const [feature = '', key = ''] = goesTo.split('.');
    const load = (value: number): unknown => {
      const config = loadConfig({ NOVITA_API_KEY: 'sk_something', [name]: String(value) });
      return (config as unknown as Record<string, Record<string, unknown>>)[feature]?.[key];
    };
    for (const value of [min, min + 1, max - 1, max]) expect(load(value), String(value)).not.toBeNull();
    for (const value of [min - 1, max + 1, min + 0.5]) expect(() => load(value), String(value)).toThrow(name);
  });

  it.each(['\n', '\r', '\r\n', '\0', '\t', ' ', '\x7f', 'é', '\u2028'])(
    'a key that holds %j, and so could end its header or line, is refused',
    (end) => {
      expect(() => loadConfig({ NOVITA_API_KEY: `sk_some${end}thing` })).toThrow('NOVITA_API_KEY');
    },
  );

  it('together fill the whole configuration', () => {
    expect(loadConfig({ NOVITA_API_KEY: 'sk_something' })).toEqual({
      access: { openRoutes: ['docs', 'health', 'metrics'], firstKey: null, maxInFlight: 200 },
      server: {
        environment: 'production',
        role: 'all',
        host: '127.0.0.1',
        port: 3000,
        allowedHosts: [],
        trustProxy: [],
        corsOrigins: [],
        maxEventLoopDelayMs: 500,
        shutdownGraceSeconds: 25,
      },
      logging: { level: 'info' },
      tracing: { endpoint: null, tracesEndpoint: null, sdkDisabled: false, serviceName: 'novitai' },
      database: { url: null, dataDir: './data', maxConnections: 10 },
      oidc: { issuer: null, audience: null, scopesClaim: 'scope', scopeWords: {}, projectClaim: null },
      waiting: { maxStreams: 1_000, maxWaits: 5_000 },
      rateLimit: { windowMs: 60_000, maxRequests: 1200 },
      jobs: { maxConcurrent: 10 },
      novitaApi: {
        apiKey: new Secret('sk_something'),
        baseUrl: 'https://api.novita.ai/gpu-instance/openapi',
        requestsPerMinute: 100,
        timeoutMs: 30_000,
      },
      catalogue: { cacheSeconds: 300 },
      instances: {
        deploymentSecret: null,
        previousDeploymentSecret: null,
        encryptionKeys: null,
        createsEnabled: true,
        maxInstances: null,
        maxPricePerHour: null,
        createSettleSeconds: 120,
        outOfStockSeconds: 120,
        sweepReportOnlyHours: 24,
        capacityTimeoutSeconds: 3600,
        provisionTimeoutSeconds: 1800,
        startTimeoutSeconds: 900,
        stopTimeoutSeconds: 600,
        replacementDrainSeconds: 30,
        maxReplacementsPerHour: 3,
        readinessTimeoutSeconds: 600,
        probeAllowAddresses: [],
      },
      webhooks: { secret: null, maxEndpoints: 10, allowHttp: false, allowAddresses: [] },
      retention: {
        eventsDays: 90,
        idempotencyKeysHours: 168,
        attemptsDays: 30,
        deletedInstancesDays: 90,
        webhookDeliveriesDays: 14,
      },
    });
  });
});
