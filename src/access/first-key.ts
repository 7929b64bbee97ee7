/**
 * A service that others can reach never runs without an API key. The operator makes the first key by a command, or gives it in
 * FIRST_API_KEY: then the first replica to start stores its hash, in a database that has never had a key. A key that was revoked stays
 * revoked, whatever FIRST_API_KEY says.
 */
import type { Secret } from '../config/config.js';
import { StartupRefusedError } from '../database/startup-refused.error.js';
import { isLoopback } from '../http/loopback.js';
import type { Clock } from '../time/clock.js';
import { BY_OPERATOR } from '../vocabulary/principal.js';
import { SCOPES } from '../vocabulary/scope.js';
import { readKey, type ApiKey } from './api-key.js';
import type { ApiKeysRepository } from './api-keys.repository.js';

const FIRST_KEY_NAME = 'first';

export interface Door {
  /** The address on which the service listens. */
  host: string;
  firstKey: Secret | null;
  /** Whether tokens of an identity provider are accepted. */
  hasProvider: boolean;
}

/** Whether requests without an API key are served as long as there is no key. */
export const servesWithoutKeys = ({ host, hasProvider }: Omit<Door, 'firstKey'>): boolean =>
  isLoopback(host) && !hasProvider;

/**
 * Makes the first key, if one is given and the database never had any.
 * @throws StartupRefusedError when others could use the service without a key, or the given key is none
 */
export async function prepareKeys(
  keys: Pick<ApiKeysRepository, 'hasAny' | 'createFirst'>,
  door: Door,
  clock: Pick<Clock, 'now'>,
): Promise<void> {
  if (await keys.hasAny()) return;
  if (door.firstKey) await keys.createFirst(firstKeyOf(door.firstKey, clock.now()), BY_OPERATOR);
  else if (!door.hasProvider && !servesWithoutKeys(door)) throw withoutKey(door.host);
}

function firstKeyOf(text: Secret, createdAt: Date): ApiKey {
  const read = readKey(text.reveal());
  if (!read) {
    throw new StartupRefusedError(
      'FIRST_API_KEY is not a complete API key (it is not shown): make one with "npm run keys -- generate".',
    );
  }
  return {
    ...read,
    name: FIRST_KEY_NAME,
    scopes: SCOPES,
    projectId: null,
    previous: null,
    createdAt,
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
  };
}

const withoutKey = (host: string): StartupRefusedError =>
  new StartupRefusedError(
    `There is no API key, and with HOST=${host} everybody who reaches the service could spend your money: make a key with ` +
      '"npm run keys -- create --name admin" (in the image "node dist/keys.js create --name admin"), or set FIRST_API_KEY.',
  );
