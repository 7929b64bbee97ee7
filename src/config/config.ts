import type { OpenRoute } from '../vocabulary/open-route.js';
import type { Role } from '../vocabulary/role.js';

/** A secret that cannot be printed, logged or serialised by accident. Only `reveal` returns it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}

/** A key of the operator's ring. */
export interface RingKey {
  /** 1 to 32 letters, digits and hyphens. It stands in each text that the key seals. */
  readonly id: string;
  /** 32 bytes as base64. */
  readonly key: Secret;
}

/** The line of a ring that stands for the key of `DEPLOYMENT_SECRET`. As the first line it lets that key seal. */
export const OF_DEPLOYMENT_SECRET = 'DEPLOYMENT_SECRET';
export type RingEntry = RingKey | typeof OF_DEPLOYMENT_SECRET;

/* One frozen object for each feature. The classes are DI tokens. Only this room reads the environment. */

export abstract class ServerConfig {
  abstract readonly environment: 'development' | 'production' | 'test';
  abstract readonly role: Role;
  abstract readonly host: string;
  abstract readonly port: number;
  /** Host names, addresses and CIDRs under which the service answers, besides loopback. */
  abstract readonly allowedHosts: readonly string[];
  /** Origins of pages that may call the API from a browser, such as `https://console.example`. */
  abstract readonly corsOrigins: readonly string[];
  /** Requests are refused while turns of the event loop take longer. 0: never. */
  abstract readonly maxEventLoopDelayMs: number;
  /** Addresses and CIDRs whose `X-Forwarded-For` is believed. */
  abstract readonly trustProxy: readonly string[];
  abstract readonly shutdownGraceSeconds: number;
}

export abstract class LoggingConfig {
  abstract readonly level: 'error' | 'warn' | 'info' | 'debug' | 'silent';
}

export abstract class TracingConfig {
  /** URL of an OpenTelemetry collector. Traces are off when this and `tracesEndpoint` are null. */
  abstract readonly endpoint: string | null;
  abstract readonly tracesEndpoint: string | null;
  abstract readonly sdkDisabled: boolean;
  abstract readonly serviceName: string;
}

export abstract class DatabaseConfig {
  /** null: the service runs its own server in `dataDir`. */
  abstract readonly url: Secret | null;
  abstract readonly dataDir: string;
  abstract readonly maxConnections: number;
}

export abstract class AccessConfig {
  /** Which pages of operators need no API key. */
  abstract readonly openRoutes: readonly OpenRoute[];
  /** The key to begin with, in a database that never had one. */
  abstract readonly firstKey: Secret | null;
  /** The most requests of one client that a replica serves at the same time. */
  abstract readonly maxInFlight: number;
}

/** The identity provider whose tokens are accepted beside API keys. */
export abstract class OidcConfig {
  /** As in the claim `iss`. Null: there is none. */
  abstract readonly issuer: string | null;
  abstract readonly audience: string | null;
  abstract readonly scopesClaim: string;
  /** Scopes by words of the provider. */
  abstract readonly scopeWords: Readonly<Record<string, readonly string[]>>;
  abstract readonly projectClaim: string | null;
}

/** The most requests of one replica that stay open on purpose. */
export abstract class WaitingConfig {
  abstract readonly maxStreams: number;
  abstract readonly maxWaits: number;
}

export abstract class RateLimitConfig {
  abstract readonly windowMs: number;
  abstract readonly maxRequests: number;
}

export abstract class JobsConfig {
  abstract readonly maxConcurrent: number;
}

export abstract class NovitaApiConfig {
  abstract readonly apiKey: Secret;
  /** The URL before `/v1`, without a trailing slash. */
  abstract readonly baseUrl: string;
  abstract readonly requestsPerMinute: number;
  abstract readonly timeoutMs: number;
}

export abstract class CatalogueConfig {
  abstract readonly cacheSeconds: number;
}

export abstract class InstancesConfig {
  abstract readonly deploymentSecret: Secret | null;
  abstract readonly previousDeploymentSecret: Secret | null;
  /** The first one seals. Null: a key of the deployment secret does. */
  abstract readonly encryptionKeys: readonly RingEntry[] | null;
  abstract readonly createsEnabled: boolean;
  /** Null: no limit. */
  abstract readonly maxInstances: number | null;
  /** In 1/100000 USD. Null: no limit. */
  abstract readonly maxPricePerHour: number | null;
  abstract readonly createSettleSeconds: number;
  abstract readonly sweepReportOnlyHours: number;
  abstract readonly capacityTimeoutSeconds: number;
  abstract readonly outOfStockSeconds: number;
  abstract readonly provisionTimeoutSeconds: number;
  abstract readonly startTimeoutSeconds: number;
  abstract readonly stopTimeoutSeconds: number;
  abstract readonly replacementDrainSeconds: number;
  abstract readonly maxReplacementsPerHour: number;
  abstract readonly readinessTimeoutSeconds: number;
  /** Addresses or CIDRs that readiness probes may reach although they are not public. */
  abstract readonly probeAllowAddresses: readonly string[];
}

export abstract class WebhooksConfig {
  abstract readonly maxEndpoints: number;
  /** Whether endpoints may have http:// URLs. */
  abstract readonly allowHttp: boolean;
  /** Signs for endpoints of instances whose create gave no secret. Null: such a create is refused. */
  abstract readonly secret: Secret | null;
  /** Addresses or CIDRs that webhooks may reach although they are not public. */
  abstract readonly allowAddresses: readonly string[];
}

/** How long old rows are kept. 0: for ever. */
export abstract class RetentionConfig {
  abstract readonly eventsDays: number;
  abstract readonly idempotencyKeysHours: number;
  abstract readonly attemptsDays: number;
  abstract readonly deletedInstancesDays: number;
  /** Never 0. */
  abstract readonly webhookDeliveriesDays: number;
}

/** The whole configuration: one object per feature. */
export interface Config {
  readonly server: ServerConfig;
  readonly logging: LoggingConfig;
  readonly tracing: TracingConfig;
  readonly database: DatabaseConfig;
  readonly access: AccessConfig;
  readonly oidc: OidcConfig;
  readonly waiting: WaitingConfig;
  readonly rateLimit: RateLimitConfig;
  readonly jobs: JobsConfig;
  readonly novitaApi: NovitaApiConfig;
  readonly catalogue: CatalogueConfig;
  readonly instances: InstancesConfig;
  readonly webhooks: WebhooksConfig;
  readonly retention: RetentionConfig;
}
