import { HIDDEN_TYPES } from '../../events/event-catalogue.js';
import type { StoredEvent } from '../../events/event-log.js';
import type { Ids } from '../../time/ids.js';
import { instanceOf, matchesFilter } from '../domain/matches-filter.js';
import { deliveryOf } from '../domain/new-delivery.js';
import type { Webhook } from '../domain/webhook.js';
import type { Collected, DeliveryQueue } from '../store/delivery-queue.js';
import type { WebhookRepository } from '../store/webhook-repository.js';

/** Labels of instances by their ids. Instances that do not exist are missing. Rooms above know instances; this one does not. */
export type LabelsOf = (
  instanceIds: readonly string[],
) => Promise<ReadonlyMap<string, Readonly<Record<string, string>>>>;

/** Reads events of the log after a position, without those of `hidden` types, in the order of positions. */
export type ReadEvents = (query: {
  after: number;
  limit: number;
  hidden: readonly string[];
  /** Left out: about everything. */
  subjectIds?: readonly string[];
  /** Left out: since ever, until now. */
  since?: Date;
  until?: Date;
}) => Promise<StoredEvent[]>;

const EVENTS_AT_ONCE = 500;
/** Of one transaction, in memory: with many endpoints, fewer events are taken at once. */
const DELIVERIES_AT_ONCE = 5_000;
const INSTANCES_AT_ONCE = 200;

export interface CollectorParts {
  webhooks: Pick<WebhookRepository, 'collecting' | 'collectingOfInstances'>;
  deliveries: Pick<DeliveryQueue, 'collect' | 'lastPosition'>;
  readEvents: ReadEvents;
  labelsOf: LabelsOf;
  ids: Ids;
}

/**
 * Makes the deliveries of new events. An endpoint's position changes in the transaction that stores its deliveries, so no event is missed or
 * delivered twice. Events that callers do not see are not delivered; events about webhooks are among these, which excludes loops.
 */
export class DeliveryCollector {
  constructor(private readonly parts: CollectorParts) {}

  /** @returns how many deliveries were made, and whether there may be more events */
  async collect(now: Date): Promise<{ made: number; isMore: boolean }> {
    const { webhooks } = this.parts;
    const general = await this.collectFor(await webhooks.collecting(), now);
    const ofInstances = await webhooks.collectingOfInstances(INSTANCES_AT_ONCE);
    const own = await this.collectFor(
      ofInstances,
      now,
      ofInstances.map(({ instanceId }) => instanceId ?? ''),
    );
    return {
      made: general.made + own.made,
      isMore: general.isMore || own.isMore || ofInstances.length === INSTANCES_AT_ONCE,
    };
  }

  /** @param subjectIds left out: the endpoints get events about everything */
  private async collectFor(
    all: readonly Webhook[],
    now: Date,
    subjectIds?: readonly string[],
  ): Promise<{ made: number; isMore: boolean }> {
    if (all.length === 0) return { made: 0, isMore: false };
    const { deliveries, readEvents } = this.parts;
    // read before the events: then no event up to here is missing among them
    const last = await deliveries.lastPosition();
    const behind = all.filter(({ position }) => position < last);
    if (behind.length === 0) return { made: 0, isMore: false };
    const after = Math.min(...behind.map(({ position }) => position));
    const perEvent = subjectIds ? 1 : behind.length;
    const limit = Math.max(1, Math.min(EVENTS_AT_ONCE, Math.floor(DELIVERIES_AT_ONCE / perEvent)));
    const query = { after, limit, hidden: HIDDEN_TYPES };
    const events = await readEvents({ ...query, ...(subjectIds && { subjectIds }) });
    const isMore = events.length === limit;
    const lastRead = events.at(-1)?.position ?? after;
    const to = isMore ? lastRead : Math.max(last, lastRead);
    const labels = await this.labelsFor(behind, events);
    const collected = behind
      .filter(({ position }) => position < to)
      .map((webhook) => this.collectedFor(webhook, events, labels, to));
    await deliveries.collect(collected, now);
    return { made: collected.reduce((sum, { deliveries: made }) => sum + made.length, 0), isMore };
  }

  /** Looked up only when an endpoint filters by labels. */
  private async labelsFor(webhooks: readonly Webhook[], events: readonly StoredEvent[]): ReturnType<LabelsOf> {
    const ids = new Set(events.map(instanceOf).filter((id) => id !== null));
    const isAsked = webhooks.some(({ labels }) => Object.keys(labels).length > 0);
    return isAsked && ids.size > 0 ? this.parts.labelsOf([...ids]) : new Map();
  }

  private collectedFor(
    webhook: Webhook,
    events: readonly StoredEvent[],
    labels: Awaited<ReturnType<LabelsOf>>,
    to: number,
  ): Collected {
    const wanted = events.filter(
      (event) =>
        event.position > webhook.position && matchesFilter(webhook, event, labels.get(instanceOf(event) ?? '')),
    );
    return {
      webhookId: webhook.id,
      from: webhook.position,
      to,
      deliveries: wanted.map((event) => deliveryOf(`dlv_${this.parts.ids.ulid()}`, webhook.id, event)),
    };
  }
}
