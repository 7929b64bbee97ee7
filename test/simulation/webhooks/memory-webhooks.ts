import { HIDDEN_TYPES } from '../../../src/events/event-catalogue.js';
import type { StoredEvent } from '../../../src/events/event-log.js';
import type { WebhookSetting } from '../../../src/vocabulary/webhook.js';
import { eventsOfAttempt, healthAfter, type AttemptResult } from '../../../src/webhooks/domain/attempt-result.js';
import type { Delivery, Webhook } from '../../../src/webhooks/domain/webhook.js';
import type { CollectorParts, LabelsOf, ReadEvents } from '../../../src/webhooks/delivery/collect-deliveries.js';
import type { DispatcherParts } from '../../../src/webhooks/delivery/webhook-dispatcher.js';
import type { AttemptsAtOnce, ClaimedDelivery, Collected, Work } from '../../../src/webhooks/store/delivery-queue.js';
import { answer, type MemoryDatabase } from '../memory-database.js';

interface EndpointRow {
  webhook: Webhook;
  lastEventSeq: number;
}

/** A delivery as stored. Rows are replaced and never changed. */
export interface DeliveryRow {
  delivery: Delivery;
  claim: number;
  claimedUntil: Date | null;
}

interface Tables {
  endpoints: Map<string, EndpointRow>;
  deliveries: Map<string, DeliveryRow>;
}

/** A copy of the tables at one moment. Only the store itself looks into it. */
export type WebhooksSnapshot = Tables;

type Ports = CollectorParts['webhooks'] & CollectorParts['deliveries'] & DispatcherParts['deliveries'];

const queueOf = ({ webhookId, subject }: Pick<Delivery, 'webhookId' | 'subject'>): string => `${webhookId} ${subject}`;

const inOrder = (a: DeliveryRow, b: DeliveryRow): number =>
  a.delivery.eventPosition - b.delivery.eventPosition || (a.delivery.id < b.delivery.id ? -1 : 1);

/** Endpoints and deliveries in memory, on the event log of the database in memory. It means what the statements of `DeliveryQueue` mean. */
export class MemoryWebhooks implements Ports {
  private tables: Tables = { endpoints: new Map(), deliveries: new Map() };
  /** Those that wait, by endpoint and subject, in the order of their events. */
  private waiting = new Map<string, DeliveryRow[]>();
  /** The ids of deliveries, by endpoint and event. */
  private known = new Map<string, string>();

  constructor(private readonly database: MemoryDatabase) {}

  snapshot(): WebhooksSnapshot {
    return { endpoints: new Map(this.tables.endpoints), deliveries: new Map(this.tables.deliveries) };
  }

  restore({ endpoints, deliveries }: WebhooksSnapshot): void {
    this.tables = { endpoints: new Map(endpoints), deliveries: new Map(deliveries) };
    this.waiting = new Map();
    this.known = new Map();
    for (const row of deliveries.values()) this.note(row);
    for (const rows of this.waiting.values()) rows.sort(inOrder);
  }

  add(webhook: Webhook): void {
    this.tables.endpoints.set(webhook.id, { webhook, lastEventSeq: 0 });
  }

  endpointNow(id: string): Webhook | undefined {
    return this.tables.endpoints.get(id)?.webhook;
  }

  /** The delivery of an event for an endpoint. */
  deliveryOf(webhookId: string, eventPosition: number): Delivery | undefined {
    return this.tables.deliveries.get(this.known.get(`${webhookId} ${eventPosition}`) ?? '')?.delivery;
  }

  /** When the next attempt is possible, in milliseconds since 1970; Infinity: nothing waits that can be sent. */
  nextDueMs(): number {
    let next = Infinity;
    for (const { delivery, claimedUntil } of this.heads()) {
      const webhook = this.endpointNow(delivery.webhookId);
      if (webhook?.setting !== 'enabled') continue;
      const times = [delivery.nextAttemptAt, claimedUntil, webhook.slowUntil];
      next = Math.min(next, Math.max(...times.map((time) => time?.getTime() ?? 0)));
    }
    return next;
  }

  /** Whether events are collected that an endpoint has not got yet. */
  isBehind(): boolean {
    const { lastPosition } = this.database.tables;
    return [...this.tables.endpoints.values()].some(
      ({ webhook: { setting, position } }) => setting !== 'disabled' && position < lastPosition,
    );
  }

  /** What the owner of an endpoint asks for. As `WebhookRepository.change` does it, without an event. */
  set(id: string, setting: WebhookSetting, at: Date): void {
    const row = this.tables.endpoints.get(id);
    if (!row || row.webhook.setting === setting) return;
    const { webhook } = row;
    const position = webhook.setting === 'disabled' ? this.database.tables.lastPosition : webhook.position;
    const disabledReason = setting === 'disabled' ? ('requested' as const) : null;
    this.tables.endpoints.set(id, { ...row, webhook: { ...webhook, setting, position, disabledReason } });
    if (setting === 'disabled') this.cancelWaiting(id, at);
  }

  readonly readEvents: ReadEvents = ({ after, limit, hidden }) =>
    answer(() => this.eventsAfter(after, hidden).slice(0, limit));

  readonly labelsOf: LabelsOf = (ids) =>
    answer(
      () =>
        new Map(
          ids.flatMap((id) => {
            const labels = this.database.tables.instances.get(id)?.instance.spec.labels;
            return labels ? [[id, labels] as const] : [];
          }),
        ),
    );

  /** In the order of positions. */
  eventsAfter(after: number, hidden: readonly string[] = HIDDEN_TYPES): StoredEvent[] {
    const found: StoredEvent[] = [];
    for (const events of this.database.tables.events.values()) {
      for (const event of events) if (event.position > after && !hidden.includes(event.type)) found.push(event);
    }
    return found.sort((a, b) => a.position - b.position);
  }

  collecting(): Promise<Webhook[]> {
    return answer(() =>
      [...this.tables.endpoints.values()].flatMap(({ webhook }) => (webhook.setting === 'disabled' ? [] : [webhook])),
    );
  }

  /** No endpoint here belongs to an instance. */
  collectingOfInstances(): Promise<Webhook[]> {
    return answer(() => []);
  }

  lastPosition(): Promise<number> {
    return answer(() => this.database.tables.lastPosition);
  }

  work(now: Date): Promise<Work> {
    return answer(() => ({
      lastPosition: this.database.tables.lastPosition,
      isDue: [...this.heads()].some(({ delivery }) => delivery.nextAttemptAt && delivery.nextAttemptAt <= now),
      isAnyEndpoint: [...this.tables.endpoints.values()].some(({ webhook }) => webhook.setting !== 'disabled'),
    }));
  }

  collect(all: readonly Collected[], now: Date): Promise<void> {
    return answer(() => {
      for (const { webhookId, from, to, deliveries } of all) {
        const row = this.tables.endpoints.get(webhookId);
        if (!row || row.webhook.position !== from || row.webhook.setting === 'disabled') continue;
        this.tables.endpoints.set(webhookId, { ...row, webhook: { ...row.webhook, position: to } });
        for (const made of deliveries) {
          if (this.known.has(`${webhookId} ${made.eventPosition}`)) continue;
          const delivery: Delivery = {
            ...made,
            state: 'waiting',
            attempts: 0,
            nextAttemptAt: null,
            createdAt: now,
            finishedAt: null,
            last: null,
          };
          const stored = { delivery, claim: 0, claimedUntil: null };
          this.tables.deliveries.set(delivery.id, stored);
          this.note(stored);
          this.arrange(delivery, now);
        }
      }
    });
  }

  take(limits: AttemptsAtOnce, now: Date, claimedUntil: Date): Promise<ClaimedDelivery[]> {
    return answer(() => {
      const byEndpoint = new Map<string, { claimed: number; due: DeliveryRow[] }>();
      for (const row of this.heads()) {
        const { webhookId, nextAttemptAt } = row.delivery;
        const of = byEndpoint.get(webhookId) ?? { claimed: 0, due: [] };
        byEndpoint.set(webhookId, of);
        if (row.claimedUntil && row.claimedUntil > now) of.claimed += 1;
        else if (nextAttemptAt && nextAttemptAt <= now) of.due.push(row);
      }
      const due = [...byEndpoint].flatMap(([id, of]) => {
        const webhook = this.endpointNow(id);
        const { slowUntil, setting, failuresInRow } = webhook ?? {};
        if (setting !== 'enabled' || (slowUntil && slowUntil > now)) return [];
        const most = failuresInRow ? 1 : limits.perWebhook;
        return of.due.sort(byNextAttempt).slice(0, Math.max(0, most - of.claimed));
      });
      return due
        .sort(byNextAttempt)
        .slice(0, limits.total)
        .map((row) => {
          const claimed = this.replace({ ...row, claimedUntil, claim: row.claim + 1 });
          const { delivery, claim } = claimed;
          const { url = '', sealedSecrets = '' } = this.endpointNow(delivery.webhookId) ?? {};
          return { delivery, url, sealedSecrets, claim };
        });
    });
  }

  release({ delivery: { id }, claim }: ClaimedDelivery, nextAttemptAt: Date | null): Promise<void> {
    return answer(() => {
      const row = this.claimed(id, claim);
      if (!row) return;
      const delivery = nextAttemptAt ? { ...row.delivery, nextAttemptAt } : row.delivery;
      this.replace({ ...row, delivery, claimedUntil: null });
    });
  }

  finish({ delivery: { id }, claim }: ClaimedDelivery, result: AttemptResult): Promise<{ isNextDue: boolean } | null> {
    return answer(() => {
      const row = this.claimed(id, claim);
      const endpoint = row && this.tables.endpoints.get(row.delivery.webhookId);
      if (!row || !endpoint) return null;
      const { last, state, attempts, nextAttemptAt } = result;
      const finishedAt = state === 'waiting' ? null : last.at;
      const delivery = { ...row.delivery, state, attempts, nextAttemptAt, finishedAt, last };
      this.replace({ ...row, delivery, claimedUntil: null });
      const { webhook, lastEventSeq } = endpoint;
      const events = eventsOfAttempt(webhook, delivery, result);
      this.tables.endpoints.set(webhook.id, {
        webhook: { ...webhook, ...healthAfter(webhook, result) },
        lastEventSeq: lastEventSeq + events.length,
      });
      if (result.isGone) this.cancelWaiting(webhook.id, last.at);
      const isNextDue = this.arrange(delivery, last.at);
      const subject = { kind: 'webhook', id: webhook.id } as const;
      const { projectId } = webhook;
      const target = {
        subject,
        lastSeq: lastEventSeq,
        at: last.at,
        projectId,
        actor: 'policy:webhooks',
        requestId: null,
      } as const;
      this.database.tables.append(target, events);
      return { isNextDue };
    });
  }

  private claimed(id: string, claim: number): DeliveryRow | null {
    const row = this.tables.deliveries.get(id);
    return row?.claim === claim && row.delivery.state === 'waiting' ? row : null;
  }

  /** Gives the first waiting delivery of a subject the time `now`, unless it has one. Those after it have none. */
  private arrange(of: Pick<Delivery, 'webhookId' | 'subject'>, now: Date): boolean {
    const first = this.waiting.get(queueOf(of))?.[0];
    if (!first || first.delivery.nextAttemptAt) return false;
    this.replace({ ...first, delivery: { ...first.delivery, nextAttemptAt: now } });
    return true;
  }

  private cancelWaiting(webhookId: string, now: Date): void {
    for (const [queue, rows] of this.waiting) {
      if (!queue.startsWith(`${webhookId} `)) continue;
      for (const row of [...rows]) {
        const delivery = { ...row.delivery, state: 'cancelled' as const, nextAttemptAt: null, finishedAt: now };
        this.replace({ ...row, delivery, claimedUntil: null });
      }
    }
  }

  private *heads(): Generator<DeliveryRow> {
    for (const [first] of this.waiting.values()) if (first) yield first;
  }

  private note(row: DeliveryRow): void {
    const { id, webhookId, eventPosition, state } = row.delivery;
    this.known.set(`${webhookId} ${eventPosition}`, id);
    if (state !== 'waiting') return;
    const queue = queueOf(row.delivery);
    const rows = this.waiting.get(queue);
    if (rows) rows.push(row);
    else this.waiting.set(queue, [row]);
  }

  private replace(row: DeliveryRow): DeliveryRow {
    const { delivery } = row;
    this.tables.deliveries.set(delivery.id, row);
    const queue = queueOf(delivery);
    const rows = this.waiting.get(queue) ?? [];
    const at = rows.findIndex((other) => other.delivery.id === delivery.id);
    if (delivery.state === 'waiting' && at >= 0) rows[at] = row;
    else if (at >= 0) rows.splice(at, 1);
    if (rows.length === 0) this.waiting.delete(queue);
    return row;
  }
}

const byNextAttempt = (a: DeliveryRow, b: DeliveryRow): number =>
  (a.delivery.nextAttemptAt?.getTime() ?? 0) - (b.delivery.nextAttemptAt?.getTime() ?? 0) ||
  (a.delivery.id < b.delivery.id ? -1 : 1);
