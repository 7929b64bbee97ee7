import { eventIdOf } from '../../events/event-id.js';
import type { Sealer } from '../../secrets/sealing.js';
import { openSecrets } from '../domain/signing-secrets.js';
import type { Delivery } from '../domain/webhook.js';
import type { ListedWebhook } from '../store/webhook-repository.js';
import type { Replayed, WebhookWithSecret } from '../webhook-commands.js';
import type { WebhookDeliveryDto, WebhookReplayDto } from './delivery.dto.js';
import type { WebhookDto, WebhookWithSecretDto } from './webhook.dto.js';

const iso = (time: Date | null): string | null => time?.toISOString() ?? null;

/** An endpoint as its owner sees it. @param sealer tells whether its secret can be read */
export const webhookView = ({ webhook, oldestWaitingAt }: ListedWebhook, sealer: Sealer): WebhookDto => {
  const isReadable = openSecrets(webhook.id, webhook.sealedSecrets, sealer) !== null;
  return {
    id: webhook.id,
    projectId: webhook.projectId,
    instanceId: webhook.instanceId,
    url: webhook.url,
    description: webhook.description,
    eventTypes: [...webhook.eventTypes],
    labels: { ...webhook.labels },
    state: isReadable || webhook.setting === 'disabled' ? webhook.setting : 'unreadable',
    disabledReason: webhook.disabledReason,
    previousSecretValidUntil: iso(webhook.previousSecretUntil),
    health: {
      lastSuccessAt: iso(webhook.lastSuccessAt),
      lastFailureAt: iso(webhook.lastFailureAt),
      lastFailure: webhook.lastFailure,
      failuresInRow: webhook.failuresInRow,
      oldestWaitingAt: iso(oldestWaitingAt),
      slowUntil: iso(webhook.slowUntil),
    },
    createdAt: webhook.createdAt.toISOString(),
    updatedAt: webhook.updatedAt.toISOString(),
  };
};

export const webhookWithSecretView = ({ webhook, secret }: WebhookWithSecret, sealer: Sealer): WebhookWithSecretDto =>
  Object.assign(webhookView({ webhook, oldestWaitingAt: null }, sealer), { secret });

export const deliveryView = (delivery: Delivery): WebhookDeliveryDto => ({
  id: delivery.id,
  webhookId: delivery.webhookId,
  eventId: delivery.eventPosition === 0 ? null : eventIdOf(delivery.eventPosition),
  eventType: delivery.eventType,
  state: delivery.state,
  attempts: delivery.attempts,
  nextAttemptAt: iso(delivery.nextAttemptAt),
  request: delivery.body,
  lastAttempt: delivery.last && { ...delivery.last, at: delivery.last.at.toISOString() },
  createdAt: delivery.createdAt.toISOString(),
  finishedAt: iso(delivery.finishedAt),
});

export const replayView = ({ deliveries, last, isMore }: Replayed): WebhookReplayDto => ({
  deliveries,
  lastEvent: last && eventIdOf(last.position),
  lastEventAt: iso(last && last.at),
  isMore,
});
