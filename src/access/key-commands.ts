import { randomBytes } from 'node:crypto';
import { DomainError } from '../errors/domain-error.js';
import type { EventDraft } from '../events/event-catalogue.js';
import type { Clock } from '../time/clock.js';
import type { Ids } from '../time/ids.js';
import type { Cause } from '../vocabulary/principal.js';
import { isWithin, type Within } from '../vocabulary/project.js';
import { isOfOperators, type Scope } from '../vocabulary/scope.js';
import { SECRET_BYTES, writeKey, type ApiKey } from './api-key.js';
import type { ApiKeysRepository } from './api-keys.repository.js';
import type { KnownKeys } from './known-keys.js';

export interface NewKey {
  name: string;
  scopes: readonly Scope[];
  /** Null: a key of operators. */
  projectId: string | null;
  expiresAt: Date | null;
}

/** A key as stored, and its text, which is in no other place. */
export interface KeyWithSecret {
  stored: ApiKey;
  key: string;
}

/** Who manages keys: those of its project, or all. A manager gives no scope that it lacks. */
export interface Manager {
  within: Within;
  scopes: ReadonlySet<Scope>;
  cause: Cause;
}

/** Makes, rotates and revokes API keys. */
export class KeyCommands {
  constructor(
    private readonly repository: Pick<ApiKeysRepository, 'create' | 'change'>,
    private readonly known: Pick<KnownKeys, 'forget'>,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError API_KEY_NAME_TAKEN, SCOPE_MISSING */
  async create({ name, scopes, projectId, expiresAt }: NewKey, manager: Manager): Promise<KeyWithSecret> {
    assertCovers(manager, scopes);
    if (projectId !== null) assertOfProject(scopes);
    const now = this.clock.now();
    if (expiresAt && expiresAt <= now) throw expired();
    const id = `key_${this.ids.ulid()}`;
    const { key, secretHash } = writeKey(id, randomBytes(SECRET_BYTES));
    const stored: ApiKey = {
      id,
      name,
      projectId,
      scopes,
      secretHash,
      previous: null,
      createdAt: now,
      expiresAt,
      revokedAt: null,
      lastUsedAt: null,
    };
    const event: EventDraft<'key'> = { type: 'key.created', data: { name, scopes: [...scopes] } };
    if (!(await this.repository.create(stored, event, manager.cause))) {
      throw new DomainError('API_KEY_NAME_TAKEN', `An API key has the name "${name}".`);
    }
    this.known.forget();
    return { stored, key };
  }

  /**
   * Gives the key another secret. The old one works for some seconds more.
   * @throws DomainError API_KEY_NOT_FOUND, API_KEY_NOT_ROTATABLE, SCOPE_MISSING
   */
  async rotate(id: string, previousValidSeconds: number, manager: Manager): Promise<KeyWithSecret> {
    const now = this.clock.now();
    const until = new Date(now.getTime() + previousValidSeconds * 1000);
    const { key, secretHash } = writeKey(id, randomBytes(SECRET_BYTES));
    const stored = await this.repository.change(
      id,
      ({ name, scopes, projectId, revokedAt, secretHash: oldHash }) => {
        assertVisible(id, projectId, manager);
        // the answer has the new secret, and with it all that the key may do
        assertCovers(manager, scopes);
        if (revokedAt) throw new DomainError('API_KEY_NOT_ROTATABLE', 'A revoked key stays revoked.');
        return {
          set: { secretHash, previous: { secretHash: oldHash, until } },
          event: { type: 'key.rotated', data: { name, previousValidUntil: until.toISOString() } },
        };
      },
      now,
      manager.cause,
    );
    if (!stored) throw notFound(id);
    this.known.forget();
    return { stored, key };
  }

  /** Repeating it is harmless. @throws DomainError API_KEY_NOT_FOUND */
  async revoke(id: string, { within, cause }: Pick<Manager, 'within' | 'cause'>): Promise<ApiKey> {
    const now = this.clock.now();
    const revoked = await this.repository.change(
      id,
      ({ name, projectId, revokedAt }) => {
        assertVisible(id, projectId, { within });
        return revokedAt
          ? null
          : { set: { revokedAt: now, previous: null }, event: { type: 'key.revoked', data: { name } } };
      },
      now,
      cause,
    );
    if (!revoked) throw notFound(id);
    this.known.forget();
    return revoked;
  }
}

const assertCovers = ({ scopes: own }: Manager, given: readonly Scope[]): void => {
  const missing = given.filter((scope) => !own.has(scope));
  if (missing.length > 0) {
    throw new DomainError('SCOPE_MISSING', `The API key lacks the scope ${missing.join(', ')}, and cannot give it.`);
  }
};

const assertOfProject = (scopes: readonly Scope[]): void => {
  const faults = scopes.flatMap((scope, at) =>
    isOfOperators(scope) ? [{ pointer: `/scopes/${at}`, detail: 'is for keys without a project only' }] : [],
  );
  if (faults.length > 0) {
    throw new DomainError('VALIDATION_ERROR', 'A key of a project cannot have scopes of operators.', { faults });
  }
};

/** A key of another project is answered as if it did not exist. */
const assertVisible = (id: string, projectId: string | null, { within }: Pick<Manager, 'within'>): void => {
  if (!isWithin(projectId, within)) throw notFound(id);
};

const expired = (): DomainError =>
  new DomainError('VALIDATION_ERROR', 'expiresAt must be in the future', {
    faults: [{ pointer: '/expiresAt', detail: 'expiresAt must be in the future' }],
  });

const notFound = (id: string): DomainError => new DomainError('API_KEY_NOT_FOUND', `There is no API key "${id}".`);
