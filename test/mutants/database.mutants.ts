import { plantedIn } from './suite-mutant.js';

const MIGRATIONS = 'test/integration/migrations.test.ts';
const EMBEDDED = 'test/integration/embedded-server.test.ts';
const POOL = 'test/integration/pool.test.ts';
const BATCHER = 'src/database/statement-batcher.alone.test.ts';
const HEALTH = 'test/e2e/health.test.ts';
const PARTS = 'test/e2e/part-metrics.test.ts';
const LOOK = 'src/database/shared-read.test.ts';
const PROBE = 'src/database/write-probe.test.ts';
const LIMIT = 'src/database/wait-limit.alone.test.ts';
const SESSION = 'src/database/session-url.test.ts';

export const DATABASE_MUTANTS = plantedIn(
  'src/database',
  [
    'only the newest migration is asked whether this code fits',
    'migrator.ts',
    'if (newest && unknown.some(',
    'if (newest && unknown.slice(-1).some(',
    MIGRATIONS,
  ],
  [
    'a migration that is not known passes without saying that it may',
    'migrator.ts',
    '(oldestCode ?? number) > known',
    '(oldestCode ?? 0) > known',
    MIGRATIONS,
  ],
  [
    'an applied migration may be edited',
    'migrator.ts',
    'checksumOf(migration) === row.checksum',
    'row.checksum.length === 64',
    MIGRATIONS,
  ],
  [
    'a migration and its note are not one transaction',
    'migrator.ts',
    "  await client.query('BEGIN');\n  try {\n    await client.query(migration.sql);",
    '  try {\n    await client.query(migration.sql);',
    MIGRATIONS,
  ],
  [
    'replicas migrate at once',
    'migrator.ts',
    "await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);",
    '',
    MIGRATIONS,
  ],
  [
    'an exiting process kills a server that it only found running',
    'embedded-server.ts',
    'if (this.adopted || this.postmasterPid',
    'if (this.postmasterPid',
    EMBEDDED,
  ],
  [
    'a leaving service stops the server that another one uses',
    'embedded-server.ts',
    "if (await this.isUsedByOthers()) return 'left to others';",
    '',
    EMBEDDED,
  ],
  [
    'a revived server has another port',
    'embedded-server.ts',
    'const port = await freePort(lastPort);',
    'const port = await freePort(0);',
    EMBEDDED,
  ],
  [
    'a directory without its control file is taken for whole',
    'embedded-directory.ts',
    'if (found === null || control === null) {',
    'if (found === null) {',
    EMBEDDED,
  ],
  [
    'a directory of another major version is opened',
    'embedded-directory.ts',
    'if (majorOf(found) !== majorOf(output)) {',
    'if (majorOf(found) === undefined) {',
    EMBEDDED,
  ],
  [
    'the password of the embedded server can be read by all',
    'embedded-directory.ts',
    '{ mode: 0o600 }',
    '{ mode: 0o644 }',
    EMBEDDED,
  ],
  [
    'a lock file of another living process is respected for ever',
    'embedded-server.ts',
    'await removeForeignLock(postmaster, this.directory.data);',
    '',
    EMBEDDED,
  ],
  [
    'a connection that has fallen silent serves again',
    'pool.ts',
    'client.release(destroy === true || silent !== null);',
    'client.release(destroy === true);',
    POOL,
  ],
  ['a silent connection is asked to roll back', 'pool.ts', 'if (silent) throw silent;', '', POOL],
  [
    'an int8 that a number cannot hold is rounded',
    'pool.ts',
    'if (!Number.isSafeInteger(value)) throw',
    'if (Number.isNaN(value)) throw',
    POOL,
  ],
  ['a broken idle connection ends the process', 'pool.ts', "pool.on('error', onIdleError);", '', POOL],
  [
    'a write that failed is believed as long as one that succeeded',
    'write-probe.ts',
    '      await underWaitLimit(new WaitLimit(this.timeoutMs), () => this.write());\n      this.wroteAtMs = nowMs;',
    '      this.wroteAtMs = nowMs;\n      await underWaitLimit(new WaitLimit(this.timeoutMs), () => this.write());',
    PROBE,
  ],
  [
    'each try to write keeps its page of the disk',
    'write-probe.ts',
    'await transaction.rollback().execute();',
    'await transaction.commit().execute();',
    HEALTH,
    PARTS,
  ],
  ['a full disk is not told in words', 'write-probe.ts', "'53100': 'has", "'53200': 'has", HEALTH, PARTS],
  [
    'a database that is away is told as one that takes no writes',
    'write-probe.ts',
    "error instanceof Error && 'severity' in error && 'code' in error",
    "error instanceof Error && 'code' in error",
    PROBE,
  ],
  [
    'a busy database counts as a silent one after some statements',
    'wait-limit.ts',
    '    this.silentMs = 0;\n    this.sinceMs = performance.now();\n    return answer;',
    '    return answer;',
    POOL,
    'test/e2e/silent-database.test.ts',
  ],
  [
    'a wait that begins beside another one begins the silence anew',
    'wait-limit.ts',
    'if (this.waiting++ === 0) this.sinceMs',
    'this.waiting++;\n    this.sinceMs',
    LIMIT,
  ],
  [
    'a connection that comes too late is never deleted',
    'wait-limit.ts',
    'if (isLate) onLate(late);',
    'if (isLate && late === undefined) onLate(late);',
    POOL,
    'test/e2e/silent-database.test.ts',
  ],
  [
    'a shared read that takes longer than it is fresh is made twice at once',
    'shared-read.ts',
    '(this.isUnderWay || this.nowMs() < this.untilMs)',
    '(this.nowMs() < this.untilMs || (this.isUnderWay && this.untilMs === 0))',
    LOOK,
  ],
  [
    'the error of a shared read is returned for ever',
    'shared-read.ts',
    'found.then(ended, ended);',
    'found.then(ended, () => undefined);',
    LOOK,
  ],
  [
    'a shared read ends with the wait limit of the first caller',
    'shared-read.ts',
    'withoutWaitLimit(this.read)',
    'this.untilMs < 0 ? withoutWaitLimit(this.read) : this.read()',
    LOOK,
  ],
  [
    'the result of a shared read is fresh from the end of the read',
    'shared-read.ts',
    '      this.isUnderWay = false;\n    };',
    '      this.isUnderWay = false;\n      this.untilMs = this.nowMs() + this.freshMs;\n    };',
    LOOK,
  ],
  [
    'a batch that the database answered counts as its silence',
    'statement-batcher.ts',
    'currentWaitLimit()?.forAnswer(() => batch)',
    'currentWaitLimit()?.wait(() => batch)',
    BATCHER,
  ],
  [
    'a batch ends with the patience of the first answer in it',
    'statement-batcher.ts',
    'withoutWaitLimit(() => this.batcher.add(one))',
    'one === undefined ? withoutWaitLimit(() => this.batcher.add(one)) : this.batcher.add(one)',
    BATCHER,
  ],
  [
    'options of the operator are stronger than what our statements need',
    'session-url.ts',
    '[given, ...ours]',
    '[...ours, given]',
    SESSION,
  ],
  [
    'a limit that the server sets for locks breaks our statements off',
    'session-url.ts',
    "  lock_timeout: '0',\n",
    '',
    SESSION,
  ],
  ['a commit may be lost when the server is set so', 'session-url.ts', "  synchronous_commit: 'on',\n", '', SESSION],
);
