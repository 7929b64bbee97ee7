/**
 * `npm run keys`: makes, lists and revokes API keys in the database of this configuration, for the first key, and when none is left. It also
 * makes encryption keys, and encrypts stored secrets with a new one.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import { SECRET_BYTES, writeKey, type ApiKey } from './access/api-key.js';
import { ApiKeysRepository } from './access/api-keys.repository.js';
import { Projects } from './access/projects.js';
import { KeyCommands } from './access/key-commands.js';
import { loadConfigOrExit } from './config/read-environment.js';
import { DatabaseServer } from './database/database-server.js';
import { createDatabase, type Database } from './database/pool.js';
import { rotateEncryption, sayEnd } from './fleet/rotate-encryption.js';
import { openDeployment } from './secrets/deployment.js';
import { openSealing } from './secrets/open-sealing.js';
import { systemClock } from './time/clock.js';
import { Ids, systemRandom } from './time/ids.js';
import { BY_OPERATOR } from './vocabulary/principal.js';
import { isOfOperators, isScope, SCOPES, type Scope } from './vocabulary/scope.js';

const HELP = `npm run keys -- COMMAND

  create --name NAME   makes an API key and prints it, this once
  list                 shows all keys, newest first
  revoke ID            ends a key; every replica refuses it within 5 seconds
  generate             prints a new key for FIRST_API_KEY, and asks no database

  new-encryption-key   prints a new line for the file of ENCRYPTION_KEYS_FILE, and asks no database
  rotate-encryption    encrypts every stored secret with the first of these keys; it may be stopped and run again

  --scopes LIST        what the key may do, separated by commas (all: ${SCOPES.join(',')})
  --project NAME       the project that the key sees (without it: all, as operators do)
  --expires-in-days N  ends the key by itself after so many days (never)
  --help

  Uses the database of the service's own settings; the service may run meanwhile. From the first API key on, every request to the
  service needs one. In the image: node dist/keys.js COMMAND`;

const COMMANDS = ['create', 'list', 'revoke', 'generate', 'new-encryption-key', 'rotate-encryption'];
const ENCRYPTION_KEY_BYTES = 32;

const MOST_DAYS = 3_650;
const DAY_MS = 86_400_000;

const misused = (why: string): never => {
  console.error(`${why}\n\n${HELP}`);
  process.exit(2);
};

const read = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        name: { type: 'string' },
        project: { type: 'string' },
        scopes: { type: 'string' },
        'expires-in-days': { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return misused((error as Error).message);
  }
};

const scopesOf = (list: string): Scope[] => {
  const scopes = [...new Set(list.split(',').map((word) => word.trim()))];
  const unknown = scopes.filter((word) => !isScope(word));
  if (unknown.length > 0) misused(`There is no scope "${unknown.join(', ')}".`);
  return scopes.filter(isScope);
};

/** All that a key may have. */
const defaultScopes = (project: string | undefined): string =>
  SCOPES.filter((scope) => project === undefined || !isOfOperators(scope)).join(',');

const expiryOf = (days: string | undefined): Date | null => {
  if (days === undefined) return null;
  if (!/^[1-9]\d{0,3}$/.test(days) || Number(days) > MOST_DAYS) {
    misused(`--expires-in-days must be a whole number from 1 to ${MOST_DAYS}.`);
  }
  return new Date(systemClock.now().getTime() + Number(days) * DAY_MS);
};

const lineOf = ({ id, name, projectId, scopes, expiresAt, revokedAt, lastUsedAt }: ApiKey): string =>
  [
    id,
    name,
    projectId ?? 'all projects',
    scopes.join(','),
    revokedAt ? `revoked ${revokedAt.toISOString()}` : expiresAt ? `until ${expiresAt.toISOString()}` : 'no end',
    lastUsedAt ? `last used ${lastUsedAt.toISOString()}` : 'not used yet',
  ].join('  ');

const { values, positionals } = read();
const [command = '', id = '', ...more] = positionals;
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
if (!COMMANDS.includes(command)) misused(command ? `What is "${command}"?` : 'Say what to do.');
if (more.length > 0 || (id !== '') !== (command === 'revoke')) {
  misused(command === 'revoke' ? 'revoke takes one id.' : `${command} takes no further word.`);
}
const name = values.name?.trim() ?? '';
if (command === 'create' && (name === '' || name.length > 100))
  misused('create needs --name with 1 to 100 characters.');
if (command === 'generate') {
  const { key } = writeKey(`key_${new Ids(systemClock, systemRandom).ulid()}`, randomBytes(SECRET_BYTES));
  console.log(key);
  process.exit(0);
}
if (command === 'new-encryption-key') {
  // the day tells people which key is the newest; what follows keeps two keys of a day apart
  const id = `${systemClock.now().toISOString().slice(0, 10)}-${randomBytes(3).toString('hex')}`;
  console.log(`${id} ${randomBytes(ENCRYPTION_KEY_BYTES).toString('base64')}`);
  process.exit(0);
}
const wanted = {
  name,
  scopes: scopesOf(values.scopes ?? defaultScopes(values.project)),
  expiresAt: expiryOf(values['expires-in-days']),
};

const { database: settings, instances } = loadConfigOrExit();
Logger.overrideLogger(['warn', 'error']);
const server = new DatabaseServer(settings);

/** Ends well when every stored secret is sealed with the current key. */
const rotate = async (database: Database): Promise<void> => {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      stopping.abort();
    });
  const [given, previous] = [instances.deploymentSecret, instances.previousDeploymentSecret];
  const deployment = await openDeployment(
    database,
    given?.reveal() ?? null,
    previous?.reveal() ?? null,
    systemClock,
    systemRandom,
  );
  const end = await rotateEncryption(database, openSealing(deployment, instances), stopping.signal, console.log);
  console.log(sayEnd(end, stopping.signal.aborted));
  if (end.left > 0) process.exitCode = 1;
};

const manager = { within: null, scopes: new Set(SCOPES), cause: BY_OPERATOR };
try {
  await server.open();
  const connected = createDatabase(server.pool);
  const repository = new ApiKeysRepository(connected);
  const commands = new KeyCommands(
    repository,
    { forget: () => undefined },
    new Ids(systemClock, systemRandom),
    systemClock,
  );
  if (command === 'create') {
    const { project } = values;
    const projectId = project === undefined ? null : (await new Projects(connected).visible(project, null)).id;
    const { stored, key } = await commands.create({ ...wanted, projectId }, manager);
    console.error(`Made ${stored.id} (${stored.scopes.join(', ')}). It is shown only now:`);
    console.log(key);
  } else if (command === 'list') {
    const keys = (await repository.all()).sort((one, other) => (one.id < other.id ? 1 : -1));
    console.log(keys.length === 0 ? 'There are no API keys.' : keys.map(lineOf).join('\n'));
  } else if (command === 'rotate-encryption') {
    await rotate(connected);
  } else {
    const revoked = await commands.revoke(id, manager);
    console.log(`${revoked.id} (${revoked.name}) is revoked.`);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await server.onApplicationShutdown();
}
