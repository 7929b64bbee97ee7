import { type Config, Secret } from '../../src/config/config.js';

export type ConfigChanges = { [Feature in keyof Config]?: Partial<Config[Feature]> };

/** A complete configuration for a test: external database, no log, free port. Override what the test is about. */
export const testConfig = (databaseUrl: string, changes: ConfigChanges = {}): Config => ({
  server: {
    environment: 'test',
    role: 'all',
    host: '127.0.0.1',
    port: 0,
    allowedHosts: [],
    trustProxy: [],
    corsOrigins: [],
    // a busy machine is no overload of the service
    maxEventLoopDelayMs: 0,
    shutdownGraceSeconds: 5,
    ...changes.server,
  },
  logging: { level: 'silent', ...changes.logging },
  tracing: { endpoint: null, tracesEndpoint: null, sdkDisabled: false, serviceName: 'novitai', ...changes.tracing },
  database: { url: new Secret(databaseUrl), dataDir: '/nowhere', maxConnections: 5, ...changes.database },
  access: { openRoutes: ['docs', 'health', 'metrics'], firstKey: null, maxInFlight: 1_000, ...changes.access },
  oidc: { issuer: null, audience: null, scopesClaim: 'scope', scopeWords: {}, projectClaim: null, ...changes.oidc },
  waiting: { maxStreams: 1_000, maxWaits: 5_000, ...changes.waiting },
  rateLimit: { windowMs: 60_000, maxRequests: 1_000_000, ...changes.rateLimit },
  jobs: { maxConcurrent: 10, ...changes.jobs },
  novitaApi: {
    apiKey: new Secret('test-key'),
    baseUrl: 'http://127.0.0.1:1',
    requestsPerMinute: 100_000,
    // as long as any test waits: a busy machine is no outage of Novita
    timeoutMs: 60_000,
    ...changes.novitaApi,
  },
  catalogue: { cacheSeconds: 1, ...changes.catalogue },
  instances: {
    deploymentSecret: null,
    previousDeploymentSecret: null,
    encryptionKeys: null,
    createsEnabled: true,
    maxInstances: null,
    maxPricePerHour: null,
    createSettleSeconds: 120,
    // as in a deployment that is older than a day
    sweepReportOnlyHours: 0,
    capacityTimeoutSeconds: 3600,
    // less than the first wait for capacity, so that no test waits for it
    outOfStockSeconds: 5,
    provisionTimeoutSeconds: 1800,
    startTimeoutSeconds: 900,
    stopTimeoutSeconds: 600,
    replacementDrainSeconds: 30,
    maxReplacementsPerHour: 3,
    readinessTimeoutSeconds: 600,
    probeAllowAddresses: [],
    ...changes.instances,
  },
  webhooks: { secret: null, maxEndpoints: 10, allowHttp: true, allowAddresses: ['127.0.0.1'], ...changes.webhooks },
  retention: {
    eventsDays: 90,
    idempotencyKeysHours: 168,
    attemptsDays: 30,
    deletedInstancesDays: 90,
    webhookDeliveriesDays: 14,
    ...changes.retention,
  },
});
