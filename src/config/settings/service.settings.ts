import { ROLES } from '../../vocabulary/role.js';
import { hostList, listenAddress, oneOf, proxyList, wholeNumber } from '../kinds.js';
import type { SettingGroup } from '../setting-group.js';

export const SERVICE_SETTINGS: SettingGroup = {
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
      ...oneOf(...ROLES),
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
};
