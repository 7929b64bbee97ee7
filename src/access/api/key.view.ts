import type { ApiKey } from '../api-key.js';
import type { KeyWithSecret } from '../key-commands.js';
import type { ApiKeyDto, ApiKeyWithSecretDto } from './key.dto.js';

/** An API key as its managers see it. */
export const keyView = (key: ApiKey): ApiKeyDto => ({
  id: key.id,
  name: key.name,
  projectId: key.projectId,
  scopes: [...key.scopes],
  createdAt: key.createdAt.toISOString(),
  expiresAt: key.expiresAt?.toISOString() ?? null,
  previousValidUntil: key.previous?.until.toISOString() ?? null,
  lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
  revokedAt: key.revokedAt?.toISOString() ?? null,
});

export const keyWithSecretView = ({ stored, key }: KeyWithSecret): ApiKeyWithSecretDto =>
  Object.assign(keyView(stored), { key });
