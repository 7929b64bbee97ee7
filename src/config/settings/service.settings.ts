import { OPEN_ROUTES } from '../../vocabulary/open-route.js';
import { ROLES } from '../../vocabulary/role.js';
import { hostList, listenAddress, oneOf, proxyList, someOf, wholeNumber } from '../kinds.js';
import type { SettingGroup } from '../setting-group.js';

export const SERVICE_SETTINGS: SettingGroup = {
  title: 'The service',
  settings: [
    {
      name: 'NODE_ENV',
      goesTo: 'server.environment',
      doc: 'The kind of environment.',
      default: 'production',
      ...oneOf('development', 'production', 'test'),
    },
    {
      name: 'HOST',
      goesTo: 'server.host',
      doc: 'The address to listen on. The API spends money: before you open it to others, make an API key (`npm run keys -- create`). Without any key, everybody who reaches the service may do everything.',
      default: '127.0.0.1',
      ...listenAddress,
    },
    {
      name: 'PORT',
      goesTo: 'server.port',
      doc: 'The port to listen on. 0 takes a free port.',
      default: '3000',
      ...wholeNumber(0, 65_535),
    },
    {
      name: 'ALLOWED_HOSTS',
      goesTo: 'server.allowedHosts',
      doc: 'The host names under which callers and browsers reach the service, besides localhost, 127.0.0.1 and [::1]. Requests with any other Host header are refused, since a foreign web page can point its own name at this address (DNS rebinding). Probes (/health/live, /health/ready, /health/startup) are answered under any name.',
      default: '',
      ...hostList,
    },
    {
      name: 'OPEN_ROUTES',
      goesTo: 'access.openRoutes',
      doc: 'Which pages of operators are served without an API key: docs (/docs, /docs-json), health (/health) and metrics (/metrics). Those that are left out need a key with the scope operations:read. Only matters when there are keys. Probes never need one.',
      default: OPEN_ROUTES.join(','),
      ...someOf(...OPEN_ROUTES),
    },
    {
      name: 'TRUST_PROXY',
      goesTo: 'server.trustProxy',
      doc: 'The proxies in front of the service. X-Forwarded-For is believed from these addresses only, and the rate limit counts by the client address in it.',
      default: '',
      ...proxyList,
    },
    {
      name: 'ROLE',
      goesTo: 'server.role',
      doc: 'What this replica does: serve the API, work on jobs, or both (all).',
      default: 'all',
      ...oneOf(...ROLES),
    },
    {
      name: 'LOG_LEVEL',
      goesTo: 'logging.level',
      doc: 'The lowest level of messages that are logged.',
      default: 'info',
      ...oneOf('error', 'warn', 'info', 'debug', 'silent'),
    },
    {
      name: 'SHUTDOWN_GRACE_SECONDS',
      goesTo: 'server.shutdownGraceSeconds',
      doc: 'How many seconds requests and jobs may take to finish when the service is asked to stop. Another replica takes over jobs that do not finish.',
      default: '25',
      ...wholeNumber(0, 3_600),
    },
    {
      name: 'MAX_CONCURRENT_JOBS',
      goesTo: 'jobs.maxConcurrent',
      doc: 'The most jobs that this replica runs at once.',
      default: '10',
      ...wholeNumber(1, 1_000),
    },
    {
      name: 'MAX_EVENT_STREAMS',
      goesTo: 'waiting.maxStreams',
      doc: 'The most clients of GET /api/events/stream that this replica serves at once. Others get a 503.',
      default: '1000',
      ...wholeNumber(0, 100_000),
    },
    {
      name: 'MAX_OPEN_WAITS',
      goesTo: 'waiting.maxWaits',
      doc: 'The most requests of this replica that wait at once until an instance is ready, stopped or deleted. Beyond it GET …/wait gets a 503, and commands with `Prefer: wait` are answered at once.',
      default: '5000',
      ...wholeNumber(0, 100_000),
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
      doc: 'The most requests that one API key may send in a window, or one client address when it sends no key.',
      default: '1200',
      ...wholeNumber(1, 10_000_000),
    },
  ],
};
