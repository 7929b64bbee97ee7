import { plantedIn } from './suite-mutant.js';

const EDGE = 'test/e2e/http-edge.test.ts';
const KEY = 'src/access/api-key.test.ts';
const KNOWN = 'src/access/known-keys.test.ts';
const KEYS = 'test/e2e/api-keys.test.ts';
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
  ['a revoked key works on', 'api-key.ts', "  if (known.revokedAt) return 'revoked';\n", '', KEY],
  ['a key works in the moment of its end', 'api-key.ts', 'known.expiresAt <= now', 'known.expiresAt < now', KEY],
  [
    'an old secret works for ever',
    'api-key.ts',
    'known.previous.until <= now',
    'known.previous.until < known.createdAt',
    KEY,
  ],
  ['a mistyped key is looked up', 'api-key.ts', '|| checksumOf(signed) !== checksum', '', KEY],
  ['a hash of zeros is the old secret of every key', 'api-key.ts', '(isPrevious && known.previous)', 'isPrevious', KEY],
  [
    'revoked keys work as long as the database is away',
    'known-keys.ts',
    'this.known !== null && ageMs < USABLE_MS;',
    'this.known !== null;',
    KNOWN,
  ],
  ['a read from before a change is believed', 'known-keys.ts', 'if (beganMs < this.forgottenAtMs) return;', '', KNOWN],
  [
    'a revocation waits for the next request but one, however late that comes',
    'known-keys.ts',
    'if (this.known && ageMs < USED_WHILE_READING_MS)',
    'if (this.known)',
    KNOWN,
  ],
  ['the last use is written with every read', 'known-keys.ts', '>= USE_IS_WRITTEN_EVERY_MS', '>= 0', KNOWN],
  [
    'metrics need no key whatever OPEN_ROUTES says',
    'open-routes.ts',
    'const ALWAYS = /^',
    'const ALWAYS = /^\\/metrics$|^',
    KEYS,
  ],
  ['a key may do what it has no scope for', 'scope.guard.ts', '    assertScope(identity, scope);\n', '', KEYS],
  [
    'the revocation of the last key opens the service',
    'authenticate.ts',
    'if (keys.size === 0)',
    'if ([...keys.values()].every(({ revokedAt }) => revokedAt))',
    KEYS,
  ],
  [
    'a key makes a key that may do more',
    'key-commands.ts',
    '    assertCovers(manager, scopes);\n    const now',
    '    const now',
    KEYS,
  ],
  [
    'a key takes over a key that may do more',
    'key-commands.ts',
    '        assertCovers(manager, scopes);\n        if',
    '        if',
    KEYS,
  ],
  ['the use of a key is not noted', 'authenticate.ts', '        this.keys.noteUse(read.id);\n', '', KEYS],
  [
    'a key is counted by the address it comes from',
    'client-rate-limit.guard.ts',
    'identityOf(request)?.keyId ?? ',
    '',
    KEYS,
  ],
);
