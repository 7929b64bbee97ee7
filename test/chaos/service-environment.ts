/** The settings of the service: short windows, so that a storm of minutes passes them often. */
export const SETTLE_SECONDS = 10;
export const NOVITA_TIMEOUT_SECONDS = 5;

export interface Surroundings {
  databaseUrl: string;
  novitaBaseUrl: string;
}

/** Only those variables of the shell that a process needs, since others could name a real database or key. */
export const serviceEnvironment = ({ databaseUrl, novitaBaseUrl }: Surroundings, port: number): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  NODE_ENV: 'production',
  HOST: '127.0.0.1',
  PORT: String(port),
  LOG_LEVEL: 'info',
  DATABASE_URL: databaseUrl,
  NOVITA_API_KEY: 'a-key-for-the-simulator',
  NOVITA_API_BASE_URL: novitaBaseUrl,
  NOVITA_REQUESTS_PER_MINUTE: '6000',
  NOVITA_TIMEOUT_MS: String(NOVITA_TIMEOUT_SECONDS * 1000),
  CREATE_SETTLE_SECONDS: String(SETTLE_SECONDS),
  SWEEP_REPORT_ONLY_HOURS: '0',
  RATE_LIMIT_MAX_REQUESTS: '1000000',
  CACHE_TIMEOUT: '30',
  PROBE_ALLOW_ADDRESSES: '127.0.0.1',
  REPLACEMENT_DRAIN_SECONDS: '5',
  SHUTDOWN_GRACE_SECONDS: '15',
});
