import type { Secret } from '../config/config.js';
import { DomainError, type Fault } from '../errors/domain-error.js';
import { faultOfDestination, type DestinationRules } from '../outbound/destination-url.js';
import type { Sealer } from '../secrets/sealing.js';
import type { Ids } from '../time/ids.js';
import { newWebhook } from './domain/new-webhook.js';
import type { Webhook } from './domain/webhook.js';

/** What a create says about its webhook. */
export interface WantedWebhook {
  url: string | undefined;
  /** Left out: the secret of the service, `WEBHOOK_SECRET`. */
  secret: string | undefined;
}

/** The instance that is made. */
export interface OwnerOfWebhook {
  id: string;
  projectId: string;
  createdAt: Date;
}

/** Endpoints that belong to one instance, since its create named a URL. They are stored in the transaction of the create. */
export class InstanceWebhooks {
  constructor(
    private readonly sealer: Sealer,
    private readonly ids: Ids,
    private readonly rules: DestinationRules & { secret: Secret | null },
  ) {}

  /**
   * Depends on settings, so that a URL which was taken once may be refused later.
   * @throws DomainError VALIDATION_ERROR
   */
  assertWanted(wanted: WantedWebhook): void {
    const fault = faultOfWanted(wanted, this.rules);
    if (fault) throw new DomainError('VALIDATION_ERROR', fault.detail, { faults: [fault] });
  }

  /** @param wanted was checked by `assertWanted`. @returns null: no webhook is wanted */
  endpointOf(
    { url, secret }: WantedWebhook,
    { id: instanceId, projectId, createdAt: now }: OwnerOfWebhook,
  ): Webhook | null {
    const signing = secret ?? this.rules.secret?.reveal();
    if (url === undefined || signing === undefined) return null;
    const id = `whk_${this.ids.ulid()}`;
    const everything = { eventTypes: [], labels: {} };
    return newWebhook(
      { id, projectId, instanceId, url, description: '', secret: signing, now, ...everything },
      this.sealer,
    );
  }
}

const faultOfWanted = (
  { url, secret }: WantedWebhook,
  rules: DestinationRules & { secret: Secret | null },
): Fault | null => {
  if (url === undefined)
    return secret === undefined
      ? null
      : { pointer: '/webhookSecret', detail: 'webhookSecret must come with webhookUrl' };
  const fault = faultOfDestination(url, rules);
  if (fault !== null) return { pointer: '/webhookUrl', detail: `webhookUrl ${fault}` };
  if (secret !== undefined || rules.secret !== null) return null;
  const detail =
    'webhookSecret is required with webhookUrl, since the service has no WEBHOOK_SECRET: a receiver must be able to verify what it gets';
  return { pointer: '/webhookSecret', detail };
};
