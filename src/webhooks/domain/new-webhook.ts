import type { Sealer } from '../../secrets/sealing.js';
import { sealSecrets } from './signing-secrets.js';
import type { EventFilter, Webhook } from './webhook.js';

/** What is known of an endpoint before it is made. */
export interface WebhookToMake extends EventFilter {
  /** `whk_<ulid>` */
  id: string;
  projectId: string | null;
  instanceId: string | null;
  url: string;
  description: string;
  /** `whsec_…`. It is sealed. */
  secret: string;
  now: Date;
}

/** An endpoint to which nothing has happened. Its position is set when it is stored. */
export const newWebhook = ({ secret, now, ...wanted }: WebhookToMake, sealer: Sealer): Webhook => ({
  ...wanted,
  setting: 'enabled',
  disabledReason: null,
  sealedSecrets: sealSecrets(wanted.id, { current: secret, previous: [] }, sealer),
  previousSecretUntil: null,
  position: 0,
  lastSuccessAt: null,
  lastFailureAt: null,
  lastFailure: null,
  failuresInRow: 0,
  slowUntil: null,
  createdAt: now,
  updatedAt: now,
});

/** What events tell of an endpoint. Its URL may hold a token. */
export const hostOf = ({ url }: { url: string }): { host: string } => ({ host: new URL(url).host });
