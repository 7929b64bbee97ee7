import { type InstancesConfig, OF_DEPLOYMENT_SECRET } from '../config/config.js';
import { StartupRefusedError } from '../database/startup-refused.error.js';
import type { Deployment } from './deployment.js';
import { OF_SECRET, Sealing } from './sealing.js';

/**
 * Seals with the key ring of the operator, if there is one.
 * @throws StartupRefusedError when a key of the ring has the id of a key of the deployment secret
 */
export const openSealing = (
  { secret, otherSecret }: Pick<Deployment, 'secret' | 'otherSecret'>,
  { encryptionKeys }: Pick<InstancesConfig, 'encryptionKeys'>,
): Sealing => {
  const ring = (encryptionKeys ?? []).map((entry) =>
    entry === OF_DEPLOYMENT_SECRET ? OF_SECRET : { id: entry.id, bytes: Buffer.from(entry.key.reveal(), 'base64') },
  );
  try {
    return new Sealing(secret, otherSecret, ring);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new StartupRefusedError(`ENCRYPTION_KEYS cannot be used: ${cause.message}. Give that key another id.`, {
      cause,
    });
  }
};
