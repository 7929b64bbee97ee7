import { plantedIn } from './suite-mutant.js';

const EDGE = 'test/e2e/http-edge.test.ts';
const STORAGE = 'src/access/client-rate-limit.storage.test.ts';

export const ACCESS_MUTANTS = plantedIn(
  'src/access',
  [
    'one request more than the limit is served',
    'client-rate-limit.storage.ts',
    'const allowed = times <= limit;',
    'const allowed = times <= limit + 1;',
    STORAGE,
  ],
  [
    'a client is told to wait a second less than it must',
    'client-rate-limit.storage.ts',
    'Math.max(1, Math.ceil(msLeft / 1000))',
    'Math.max(1, Math.floor(msLeft / 1000) - 1)',
    STORAGE,
  ],
  [
    'all clients share one count',
    'client-rate-limit.guard.ts',
    'normalizeIp(request.ip, IPV6_PREFIX)',
    "normalizeIp(request.ip, IPV6_PREFIX).slice(0, 0) + 'all'",
    EDGE,
  ],
  [
    'each IPv6 address is a client of its own',
    'client-rate-limit.guard.ts',
    'const IPV6_PREFIX = 64;',
    'const IPV6_PREFIX = 128;',
    EDGE,
  ],
  [
    'the window of a count moves with each request',
    'bounded-counts.ts',
    'noUpdateTTL: true, ',
    '',
    'src/access/bounded-counts.test.ts',
  ],
  [
    'health probes use up the allowance',
    'metered-routes.ts',
    '(health|metrics|docs|docs-json)',
    '(metrics|docs|docs-json)',
    EDGE,
  ],
  [
    'requests that no route answers are not counted',
    'unguarded-answers.ts',
    'if (isMetered(request) &&',
    'if (request.is404 === false && isMetered(request) &&',
    EDGE,
  ],
  [
    'the header tells one request too many',
    'rate-limit-headers.ts',
    'Math.max(0, limit - allowance.totalHits)',
    'Math.max(0, limit - allowance.totalHits + 1)',
    EDGE,
  ],
  [
    'a window ends later for keys that are asked for at once',
    'bounded-counts.ts',
    'ttlResolution: 0, ',
    'ttlResolution: 1_000, ',
    'src/access/bounded-counts.test.ts',
    STORAGE,
  ],
);
