import { randomBytes } from 'node:crypto';
import { DomainError } from '../errors/domain-error.js';
import type { EventDraft } from '../events/event-catalogue.js';
import type { StoredEvent } from '../events/event-log.js';
import { faultOfDestination, type DestinationRules } from '../outbound/destination-url.js';
import type { Sealer } from '../secrets/sealing.js';
import type { Clock } from '../time/clock.js';
import type { Ids } from '../time/ids.js';
import type { Within } from '../vocabulary/project.js';
import type { Cause } from '../vocabulary/principal.js';
import type { WebhookSetting } from '../vocabulary/webhook.js';
import { matchesFilter, instanceOf } from './domain/matches-filter.js';
import { deliveryOf, testDelivery, type NewDelivery } from './domain/new-delivery.js';
import { hostOf, newWebhook } from './domain/new-webhook.js';
import { replayRangeOf, type WantedRange } from './domain/replay-range.js';
import { openSecrets, rotated, sealSecrets, SIGNING_SECRET_BYTES, writeSecret } from './domain/signing-secrets.js';
import type { Delivery, EventFilter, Webhook } from './domain/webhook.js';
import type { LabelsOf, ReadEvents } from './delivery/collect-deliveries.js';
import type { DeliveryLog } from './store/delivery-log.js';
import type { ListedWebhook, WebhookRepository, WebhookChange } from './store/webhook-repository.js';
import { HIDDEN_TYPES } from '../events/event-catalogue.js';

/** Who asks, and what they see. An endpoint belongs to the project of its maker. */
export interface Sender {
  within: Within;
  cause: Cause;
}

export interface WebhookSettings extends EventFilter {
  url: string;
  description: string;
}

/** An endpoint, and its secret, which is shown this once. */
export interface WebhookWithSecret {
  webhook: Webhook;
  secret: string;
}

export interface Replayed {
  deliveries: number;
  /** The last event that was looked at; null: there was none. */
  last: Pick<StoredEvent, 'position' | 'at'> | null;
  isMore: boolean;
}

export interface CommandParts {
  webhooks: WebhookRepository;
  deliveries: DeliveryLog;
  readEvents: ReadEvents;
  labelsOf: LabelsOf;
  sealer: Sealer;
  ids: Ids;
  clock: Clock;
  limits: DestinationRules & { maxEndpoints: number };
}

/** How many events one replay looks at. */
export const REPLAYED_AT_ONCE = 1_000;

/** Makes, changes and deletes endpoints, and asks for deliveries. */
export class WebhookCommands {
  constructor(private readonly parts: CommandParts) {}

  /** @throws DomainError VALIDATION_ERROR, WEBHOOK_URL_TAKEN, TOO_MANY_WEBHOOKS */
  async create(settings: WebhookSettings, { within, cause }: Sender): Promise<WebhookWithSecret> {
    const { webhooks, sealer, ids, clock, limits } = this.parts;
    this.assertDestination(settings.url);
    const now = clock.now();
    const id = `whk_${ids.ulid()}`;
    const secret = writeSecret(randomBytes(SIGNING_SECRET_BYTES));
    const webhook = newWebhook({ ...settings, id, projectId: within, instanceId: null, secret, now }, sealer);
    const made = await webhooks.create(webhook, limits.maxEndpoints, cause);
    if (made === 'url-taken') throw urlTaken();
    if (made === 'too-many') {
      const sentence = `There may be ${limits.maxEndpoints} webhook endpoints, and there are as many.`;
      throw new DomainError('TOO_MANY_WEBHOOKS', sentence);
    }
    return { webhook, secret };
  }

  /** @throws DomainError VALIDATION_ERROR, WEBHOOK_NOT_FOUND, WEBHOOK_URL_TAKEN */
  async update(
    id: string,
    { setting, ...settings }: Partial<WebhookSettings> & { setting?: WebhookSetting },
    sender: Sender,
  ): Promise<ListedWebhook> {
    if (settings.url !== undefined) this.assertDestination(settings.url);
    await this.change(id, (webhook) => changeOf(webhook, settings, setting), sender);
    return this.get(id, sender.within);
  }

  /**
   * Gives the endpoint another secret. Those before sign as well for some seconds more.
   * @throws DomainError WEBHOOK_NOT_FOUND
   */
  async rotateSecret(id: string, previousValidSeconds: number, sender: Sender): Promise<WebhookWithSecret> {
    const { sealer, clock } = this.parts;
    const now = clock.now();
    const until = new Date(now.getTime() + previousValidSeconds * 1000);
    const secret = writeSecret(randomBytes(SIGNING_SECRET_BYTES));
    const webhook = await this.change(
      id,
      ({ sealedSecrets, url }) => {
        const secrets = rotated(openSecrets(id, sealedSecrets, sealer), secret, until, now);
        return {
          set: {
            sealedSecrets: sealSecrets(id, secrets, sealer),
            previousSecretUntil: secrets.previous.at(-1)?.until ?? null,
          },
          event: {
            type: 'webhook.secret_rotated',
            data: { ...hostOf({ url }), previousValidUntil: until.toISOString() },
          },
        };
      },
      sender,
    );
    return { webhook, secret };
  }

  /** @throws DomainError WEBHOOK_NOT_FOUND */
  async delete(id: string, { within, cause }: Sender): Promise<Webhook> {
    const { webhooks, clock } = this.parts;
    const eventOf = (webhook: Webhook): EventDraft<'webhook'> => ({ type: 'webhook.deleted', data: hostOf(webhook) });
    const deleted = await webhooks.delete(id, within, eventOf, clock.now(), cause);
    if (!deleted) throw notFound(id);
    return deleted;
  }

  /** @throws DomainError WEBHOOK_NOT_FOUND */
  async get(id: string, within: Within): Promise<ListedWebhook> {
    const found = await this.parts.webhooks.find(id, within);
    if (!found) throw notFound(id);
    return found;
  }

  /** Sends a message that is about no event. @throws DomainError WEBHOOK_NOT_FOUND, WEBHOOK_DISABLED */
  async test(id: string, within: Within): Promise<Delivery> {
    await this.get(id, within);
    const { ids, clock } = this.parts;
    const delivery = testDelivery(`dlv_${ids.ulid()}`, id, clock.now());
    await this.deliver(id, within, [delivery]);
    return this.getDelivery(id, within, delivery.id);
  }

  /** @throws DomainError WEBHOOK_NOT_FOUND, WEBHOOK_DELIVERY_NOT_FOUND, WEBHOOK_DISABLED */
  async redeliver(id: string, within: Within, deliveryId: string): Promise<Delivery> {
    const delivery = await this.getDelivery(id, within, deliveryId);
    // a delivery that has not been tried is on its way
    if (delivery.state !== 'waiting' || delivery.attempts > 0) await this.deliver(id, within, [delivery]);
    return this.getDelivery(id, within, deliveryId);
  }

  /**
   * Delivers the events of a range that the endpoint's filter matches now, whether they were delivered or not.
   * @throws DomainError VALIDATION_ERROR, WEBHOOK_NOT_FOUND, WEBHOOK_DISABLED
   */
  async replay(id: string, within: Within, wantedRange: WantedRange): Promise<Replayed> {
    const { readEvents, labelsOf, ids, clock } = this.parts;
    const { webhook } = await this.get(id, within);
    const range = replayRangeOf(wantedRange, clock.now());
    if ('pointer' in range) throw new DomainError('VALIDATION_ERROR', range.detail, { faults: [range] });
    const { upTo, ...bounds } = range;
    const found = await readEvents({
      ...bounds,
      limit: REPLAYED_AT_ONCE,
      hidden: HIDDEN_TYPES,
      ...(webhook.instanceId !== null && { subjectIds: [webhook.instanceId] }),
    });
    const events = found.filter(({ position }) => position <= upTo);
    const instances = [...new Set(events.map(instanceOf).filter((instance) => instance !== null))];
    const labels = instances.length > 0 ? await labelsOf(instances) : new Map<string, Record<string, string>>();
    const wanted = events.filter((event: StoredEvent) =>
      matchesFilter(webhook, event, labels.get(instanceOf(event) ?? '')),
    );
    await this.deliver(
      id,
      within,
      wanted.map((event) => deliveryOf(`dlv_${ids.ulid()}`, id, event)),
    );
    return {
      deliveries: wanted.length,
      last: events.at(-1) ?? null,
      isMore: found.length === REPLAYED_AT_ONCE && events.length === found.length,
    };
  }

  /** @throws DomainError WEBHOOK_NOT_FOUND, WEBHOOK_DELIVERY_NOT_FOUND */
  async getDelivery(id: string, within: Within, deliveryId: string): Promise<Delivery> {
    await this.get(id, within);
    const delivery = await this.parts.deliveries.find(id, deliveryId);
    if (delivery) return delivery;
    throw new DomainError('WEBHOOK_DELIVERY_NOT_FOUND', `There is no delivery "${deliveryId}" of this endpoint.`);
  }

  private async deliver(id: string, within: Within, deliveries: readonly NewDelivery[]): Promise<void> {
    if (await this.parts.deliveries.deliverAgain(id, deliveries, this.parts.clock.now())) return;
    await this.get(id, within);
    throw new DomainError('WEBHOOK_DISABLED', 'The endpoint is disabled, so nothing is sent to it.');
  }

  private async change(
    id: string,
    decide: (webhook: Webhook) => WebhookChange | null,
    { within, cause }: Sender,
  ): Promise<Webhook> {
    const changed = await this.parts.webhooks.change(id, within, decide, this.parts.clock.now(), cause);
    if (changed === 'url-taken') throw urlTaken();
    if (!changed) throw notFound(id);
    return changed;
  }

  private assertDestination(url: string): void {
    const fault = faultOfDestination(url, this.parts.limits);
    if (fault === null) return;
    const detail = `url ${fault}`;
    throw new DomainError('VALIDATION_ERROR', detail, { faults: [{ pointer: '/url', detail }] });
  }
}

/** What a request changes; null: nothing. */
const changeOf = (
  webhook: Webhook,
  settings: Partial<WebhookSettings>,
  setting: WebhookSetting = webhook.setting,
): WebhookChange | null => {
  const fields = ['url', 'description', 'eventTypes', 'labels'] as const;
  const changed = fields.filter(
    (field) => settings[field] !== undefined && JSON.stringify(settings[field]) !== JSON.stringify(webhook[field]),
  );
  const isSwitched = setting !== webhook.setting;
  if (changed.length === 0 && !isSwitched) return null;
  const set: Partial<Webhook> = {
    ...Object.fromEntries(changed.map((field) => [field, settings[field]])),
    setting,
    disabledReason: setting === 'disabled' ? (webhook.disabledReason ?? 'requested') : null,
    // a receiver that was repaired or moved is tried at full speed
    ...(isSwitched || changed.includes('url') ? { failuresInRow: 0, slowUntil: null } : {}),
  };
  const host = hostOf({ url: settings.url ?? webhook.url });
  return {
    set,
    event:
      isSwitched && setting === 'disabled'
        ? { type: 'webhook.disabled', data: { ...host, reason: 'requested' } }
        : { type: 'webhook.updated', data: { ...host, changed: [...changed, ...(isSwitched ? ['state'] : [])] } },
  };
};

const urlTaken = (): DomainError => new DomainError('WEBHOOK_URL_TAKEN', 'A webhook endpoint has this URL.');

const notFound = (id: string): DomainError =>
  new DomainError('WEBHOOK_NOT_FOUND', `There is no webhook endpoint "${id}".`);
