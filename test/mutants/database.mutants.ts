import { plantedIn } from './suite-mutant.js';

const MIGRATIONS = 'test/integration/migrations.test.ts';
const EMBEDDED = 'test/integration/embedded-server.test.ts';
const POOL = 'test/integration/pool.test.ts';
const DEPLOYMENT = 'test/integration/deployment.test.ts';
const SEALING = 'src/database/sealing.test.ts';
const TOGETHER = 'src/database/together.test.ts';

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
    'another deployment secret is taken',
    'deployment.ts',
    'if (fingerprintOf(secret) !== row.secret_fingerprint) {',
    'if (fingerprintOf(secret) === null) {',
    DEPLOYMENT,
  ],
  [
    'the secret that the operator keeps is kept in the database too',
    'deployment.ts',
    'secret: made,',
    'secret: made ?? given,',
    DEPLOYMENT,
  ],
  [
    'a sealed text opens in another place',
    'sealing.ts',
    "    cipher.setAAD(Buffer.from(place, 'utf8'));\n",
    '',
    SEALING,
  ],
  [
    'each text is sealed with the same nonce',
    'sealing.ts',
    'const nonce = randomBytes(NONCE_BYTES);',
    'const nonce = Buffer.alloc(NONCE_BYTES);',
    SEALING,
  ],
  [
    'texts of an older secret do not open',
    'sealing.ts',
    '[this.current, ...olderSecrets.map(keyOf)]',
    '[this.current]',
    SEALING,
  ],
  [
    'a round begins before what goes into it was given',
    'together.ts',
    'await this.current;\n    const all',
    'const all',
    TOGETHER,
  ],
  [
    'how a round went is told to the next one',
    'together.ts',
    'this.current = round.catch(() => undefined);',
    'this.current = round;',
    TOGETHER,
  ],
);
