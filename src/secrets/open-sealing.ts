import type { InstancesConfig } from '../config/config.js';
import { StartupRefusedError } from '../database/startup-refused.error.js';
import type { Deployment } from './deployment.js';
import { Sealing } from './sealing.js';

/**
 * Seals with the key ring of the operator, if there is one.
 * @throws StartupRefusedError when a key of the ring has the id of a key of the deployment secret
 */
export const openSealing = (
  { secret, otherSecret }: Pick<Deployment, 'secret' | 'otherSecret'>,
  { encryptionKeys }: Pick<InstancesConfig, 'encryptionKeys'>,
): Sealing => {
  const ring = (encryptionKeys ?? []).map(({ id, key }) => ({ id, bytes: Buffer.from(key.reveal(), 'base64') }));
  try {
    return new Sealing(secret, otherSecret, ring);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new StartupRefusedError(`ENCRYPTION_KEYS cannot be used: ${cause.message}. Give that key another id.`, {
      cause,
    });
  }
};
