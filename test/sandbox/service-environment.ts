/** Variables that the service inherits from the shell: none that could name a real database or key. */
const FROM_THE_SHELL = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'SystemRoot', 'NODE_OPTIONS', 'NODE_V8_COVERAGE'];

/** Values for Novita's real speed. A faster sandbox scales them. */
const REQUESTS_PER_MINUTE = 100;
const SETTLE_SECONDS = 120;

export interface ServicePlace {
  port: number;
  novitaBaseUrl: string;
  dataDir: string;
  timeFactor: number;
  /** Null: the service asks for no API key. */
  apiKey: string | null;
}

export function serviceEnvironment(place: ServicePlace): NodeJS.ProcessEnv {
  const { port, novitaBaseUrl, dataDir, timeFactor, apiKey } = place;
  const inherited = FROM_THE_SHELL.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  const quicker = Math.max(1, timeFactor);
  return {
    ...(Object.fromEntries(inherited) as NodeJS.ProcessEnv),
    NODE_ENV: 'development',
    HOST: '127.0.0.1',
    PORT: String(port),
    ...(apiKey !== null && { FIRST_API_KEY: apiKey }),
    DATA_DIR: dataDir,
    NOVITA_API_KEY: 'sandbox-key',
    NOVITA_API_BASE_URL: novitaBaseUrl,
    NOVITA_REQUESTS_PER_MINUTE: String(Math.round(REQUESTS_PER_MINUTE * quicker)),
    CREATE_SETTLE_SECONDS: String(Math.max(5, Math.round(SETTLE_SECONDS / quicker))),
    CACHE_TIMEOUT: '30',
    // the simulator's machines listen here
    PROBE_ALLOW_ADDRESSES: '127.0.0.1',
    SHUTDOWN_GRACE_SECONDS: '10',
  };
}
