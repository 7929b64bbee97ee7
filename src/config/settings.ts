import type { Config } from './config.js';
import {
  addressList,
  apiKey,
  collectorUrl,
  commaPairs,
  commaPairsWithSecrets,
  folder,
  hostList,
  listenAddress,
  longSecret,
  novitaBaseUrl,
  oneOf,
  postgresUrl,
  proxyList,
  ratio,
  shortText,
  wholeNumber,
  yesOrNo,
} from './kinds.js';
import type { Setting } from './setting.js';

type Place = { [Feature in keyof Config]: `${Feature}.${keyof Config[Feature] & string}` }[keyof Config];

export interface SettingGroup {
  title: string;
  settings: (Setting & { goesTo: Place | null })[];
}

const DAY_SECONDS = 86_400;
const TEN_YEARS_DAYS = 3_650;
const WEEK_SECONDS = 7 * DAY_SECONDS;

/** Every variable that the service reads. One that does nothing does not exist. */
export const SETTING_GROUPS: readonly SettingGroup[] = [
  {
    title: 'Novita',
    settings: [
      {
        name: 'NOVITA_API_KEY',
        goesTo: 'novitaApi.apiKey',
        doc: 'The key of the Novita account that machines are bought with.',
        remedy: 'Make a key at https://novita.ai/settings/key-management, or try Novitai without one: npm run sandbox.',
        secret: true,
        ...apiKey,
      },
      {
        name: 'NOVITA_API_BASE_URL',
        goesTo: 'novitaApi.baseUrl',
        doc: 'Where Novita’s API is: the part before /v1.',
        default: 'https://api.novita.ai/gpu-instance/openapi',
        ...novitaBaseUrl,
      },
      {
        name: 'NOVITA_REQUESTS_PER_MINUTE',
        goesTo: 'novitaApi.requestsPerMinute',
        doc: 'How many requests may be sent to Novita in any minute, by all replicas on one database with one key together. A fifth is kept for deletes and stops, creates take half at most. A larger fleet is looked at less often, never beyond it.',
        default: '100',
        ...wholeNumber(1, 1_000_000),
      },
      {
        name: 'NOVITA_TIMEOUT_MS',
        goesTo: 'novitaApi.timeoutMs',
        doc: 'Milliseconds after which a request to Novita is given up. A create that is given up is not repeated but looked for.',
        default: '30000',
        ...wholeNumber(100, 300_000),
      },
      {
        name: 'CACHE_TIMEOUT',
        goesTo: 'catalogue.cacheSeconds',
        doc: 'Seconds for which products, prices, regions and templates are remembered.',
        default: '300',
        ...wholeNumber(1, DAY_SECONDS),
      },
    ],
  },
  {
    title: 'The service',
    settings: [
      {
        name: 'NODE_ENV',
        goesTo: 'server.environment',
        doc: 'What sort of place this is.',
        default: 'production',
        ...oneOf('development', 'production', 'test'),
      },
      {
        name: 'HOST',
        goesTo: 'server.host',
        doc: 'The address to listen on. The API spends money and asks nobody for a key yet: open it to others only behind something that does.',
        default: '127.0.0.1',
        ...listenAddress,
      },
      {
        name: 'PORT',
        goesTo: 'server.port',
        doc: 'The port to listen on. 0 takes a free one.',
        default: '3000',
        ...wholeNumber(0, 65_535),
      },
      {
        name: 'ALLOWED_HOSTS',
        goesTo: 'server.allowedHosts',
        doc: 'Under which names the service is reached, besides localhost, 127.0.0.1 and [::1]: what callers and browsers have in front of the port. Requests under any other name are refused, since web pages of strangers can make a name of theirs lead here. Probes (/health/live, /health/ready, /health/startup) are answered under any.',
        default: '',
        ...hostList,
      },
      {
        name: 'TRUST_PROXY',
        goesTo: 'server.trustProxy',
        doc: 'The load balancers in front of the service. What they say in X-Forwarded-For about who is asking is believed, and the rate limit counts by it. Nobody else is believed.',
        default: '',
        ...proxyList,
      },
      {
        name: 'ROLE',
        goesTo: 'server.role',
        doc: 'What this replica does: serve the API, work on jobs, or both (all).',
        default: 'all',
        ...oneOf('all', 'api', 'worker'),
      },
      {
        name: 'LOG_LEVEL',
        goesTo: 'logging.level',
        doc: 'The least important messages that are written.',
        default: 'info',
        ...oneOf('error', 'warn', 'info', 'debug', 'silent'),
      },
      {
        name: 'SHUTDOWN_GRACE_SECONDS',
        goesTo: 'server.shutdownGraceSeconds',
        doc: 'How long requests and jobs may take to finish when the service is told to stop. Jobs that do not are handed to another replica.',
        default: '25',
        ...wholeNumber(0, 3_600),
      },
      {
        name: 'MAX_CONCURRENT_JOBS',
        goesTo: 'jobs.maxConcurrent',
        doc: 'How many jobs this replica works on at once.',
        default: '10',
        ...wholeNumber(1, 1_000),
      },
      {
        name: 'RATE_LIMIT_WINDOW_MS',
        goesTo: 'rateLimit.windowMs',
        doc: 'The window of the rate limit, in milliseconds.',
        default: '60000',
        ...wholeNumber(1_000, 3_600_000),
      },
      {
        name: 'RATE_LIMIT_MAX_REQUESTS',
        goesTo: 'rateLimit.maxRequests',
        doc: 'How many requests one caller may make in a window.',
        default: '1200',
        ...wholeNumber(1, 10_000_000),
      },
    ],
  },
  {
    title: 'The database',
    settings: [
      {
        name: 'DATABASE_URL',
        goesTo: 'database.url',
        doc: 'The PostgreSQL (15 or newer) to keep everything in. Without it the service runs a private one in DATA_DIR. PGHOST, PGSSLMODE, PGOPTIONS and their like are not read: the URL says everything, also ?sslmode=verify-full. Behind PgBouncer: session mode, which lets the parameter "options" and the time limits of a start through.',
        optional: true,
        secret: true,
        ...postgresUrl,
      },
      {
        name: 'DATA_DIR',
        goesTo: 'database.dataDir',
        doc: 'The directory of the private PostgreSQL. Unused when DATABASE_URL is set.',
        default: './data',
        ...folder,
      },
      {
        name: 'DATABASE_MAX_CONNECTIONS',
        goesTo: 'database.maxConnections',
        doc: 'How many connections this replica opens at most, besides four for its job queue.',
        default: '10',
        ...wholeNumber(2, 500),
      },
    ],
  },
  {
    title: 'Instances',
    settings: [
      {
        name: 'DEPLOYMENT_SECRET',
        goesTo: 'instances.deploymentSecret',
        doc: 'Signs the names of our machines and seals what is stored of their secrets. Without it one is made and kept in the database. Give it, and keep a copy, where database backups must not be enough to read secrets.',
        optional: true,
        secret: true,
        ...longSecret,
      },
      {
        name: 'CREATES_ENABLED',
        goesTo: 'instances.createsEnabled',
        doc: 'false buys no machine, for as long as it is set; everything else goes on.',
        default: 'true',
        ...yesOrNo,
      },
      {
        name: 'CREATE_SETTLE_SECONDS',
        goesTo: 'instances.createSettleSeconds',
        doc: 'How long a create whose outcome is unknown is looked for before another one is sent. Shorter is faster and may buy twice.',
        default: '120',
        ...wholeNumber(1, 3_600),
      },
      {
        name: 'SWEEP_REPORT_ONLY_HOURS',
        goesTo: 'instances.sweepReportOnlyHours',
        doc: 'So long after a deployment was made, machines that are one too many for their instance are only reported (GET /api/machines) and not given back.',
        default: '24',
        ...wholeNumber(0, 720),
      },
      {
        name: 'CAPACITY_TIMEOUT_SECONDS',
        goesTo: 'instances.capacityTimeoutSeconds',
        doc: 'How long an instance waits for a machine to be available before it fails. Like the other limits, it counts no time in which nothing could be done: an outage, a revoked key, an empty balance, a freeze.',
        default: '3600',
        ...wholeNumber(1, WEEK_SECONDS),
      },
      {
        name: 'PROVISION_TIMEOUT_SECONDS',
        goesTo: 'instances.provisionTimeoutSeconds',
        doc: 'How long a bought machine may take to be made and to pull its image. Billing runs meanwhile.',
        default: '1800',
        ...wholeNumber(1, DAY_SECONDS),
      },
      {
        name: 'START_TIMEOUT_SECONDS',
        goesTo: 'instances.startTimeoutSeconds',
        doc: 'How long a machine may take to start.',
        default: '900',
        ...wholeNumber(1, DAY_SECONDS),
      },
      {
        name: 'STOP_TIMEOUT_SECONDS',
        goesTo: 'instances.stopTimeoutSeconds',
        doc: 'How long a machine may take to stop.',
        default: '600',
        ...wholeNumber(1, DAY_SECONDS),
      },
      {
        name: 'READINESS_TIMEOUT_SECONDS',
        goesTo: 'instances.readinessTimeoutSeconds',
        doc: 'How long a running machine may take until its workload answers.',
        default: '600',
        ...wholeNumber(1, DAY_SECONDS),
      },
      {
        name: 'PROBE_ALLOW_ADDRESSES',
        goesTo: 'instances.probeAllowAddresses',
        doc: 'Private addresses that readiness probes may reach all the same. Everything public is allowed, nothing else.',
        default: '',
        ...addressList,
      },
    ],
  },
  {
    title: 'What is kept',
    settings: [
      {
        name: 'RETENTION_EVENTS_DAYS',
        goesTo: 'retention.eventsDays',
        doc: 'For how many days events are kept. Whoever reads them later finds that the oldest are missing; their numbers do not change. 0 keeps them for ever.',
        default: '90',
        ...wholeNumber(0, TEN_YEARS_DAYS),
      },
      {
        name: 'RETENTION_IDEMPOTENCY_KEYS_HOURS',
        goesTo: 'retention.idempotencyKeysHours',
        doc: 'For how many hours an Idempotency-Key is remembered. A create that is repeated later makes another instance.',
        default: '168',
        ...wholeNumber(24, 24 * TEN_YEARS_DAYS),
      },
      {
        name: 'RETENTION_ATTEMPTS_DAYS',
        goesTo: 'retention.attemptsDays',
        doc: 'For how many days attempts are kept that made no machine, besides the last 20 of each instance. Attempts that may have made one stay as long as their instance. 0 keeps them for ever.',
        default: '30',
        ...wholeNumber(0, TEN_YEARS_DAYS),
      },
      {
        name: 'RETENTION_DELETED_INSTANCES_DAYS',
        goesTo: 'retention.deletedInstancesDays',
        doc: 'For how many days a deleted instance is kept, with all that is known of it. A machine of it that appears later is an unknown one, which a person decides on. 0 keeps them for ever.',
        default: '90',
        ...wholeNumber(0, TEN_YEARS_DAYS),
      },
    ],
  },
  {
    title: 'Traces',
    settings: [
      {
        name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
        goesTo: 'tracing.endpoint',
        doc: 'Where an OpenTelemetry collector takes OTLP over HTTP, for example http://127.0.0.1:4318. Set, it turns traces on: they are sent as JSON to /v1/traces below it. All other OTEL_* variables of the SDK work too.',
        optional: true,
        ...collectorUrl,
      },
      {
        name: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
        goesTo: 'tracing.tracesEndpoint',
        doc: 'The same for traces alone, and stronger: the whole address, to which nothing is added.',
        optional: true,
        ...collectorUrl,
      },
      {
        name: 'OTEL_EXPORTER_OTLP_HEADERS',
        goesTo: null,
        doc: 'Headers for the collector, such as its key.',
        optional: true,
        secret: true,
        ...commaPairsWithSecrets,
      },
      {
        name: 'OTEL_SERVICE_NAME',
        goesTo: 'tracing.serviceName',
        doc: 'The name under which the traces of this service are found.',
        default: 'novitai',
        ...shortText,
      },
      {
        name: 'OTEL_RESOURCE_ATTRIBUTES',
        goesTo: null,
        doc: 'What is said of this service in each trace, for example deployment.environment.name=production.',
        optional: true,
        ...commaPairs,
      },
      {
        name: 'OTEL_TRACES_SAMPLER',
        goesTo: null,
        doc: 'Which traces are kept. Those that begin with parentbased_ keep a trace when whoever called keeps it, and decide about the others; traceidratio keeps a share of OTEL_TRACES_SAMPLER_ARG.',
        default: 'parentbased_always_on',
        ...oneOf(
          'always_on',
          'always_off',
          'traceidratio',
          'parentbased_always_on',
          'parentbased_always_off',
          'parentbased_traceidratio',
        ),
      },
      {
        name: 'OTEL_TRACES_SAMPLER_ARG',
        goesTo: null,
        doc: 'The share of traces that traceidratio keeps.',
        optional: true,
        ...ratio,
      },
      {
        name: 'OTEL_SDK_DISABLED',
        goesTo: 'tracing.sdkDisabled',
        doc: 'true turns traces off, wherever a collector may be.',
        default: 'false',
        ...yesOrNo,
      },
    ],
  },
];

export const SETTINGS = SETTING_GROUPS.flatMap((group) => group.settings);
