import type { OutboundAnswer, OutboundPost } from '../../src/outbound/guarded-connections.js';
import { readEventsAfter } from '../../src/events/event-log.js';
import { Sealing } from '../../src/secrets/sealing.js';
import { addSeconds, type Clock } from '../../src/time/clock.js';
import { Ids, systemRandom, type Random } from '../../src/time/ids.js';
import type { AttemptResult } from '../../src/webhooks/domain/attempt-result.js';
import type { Delivery, Webhook } from '../../src/webhooks/domain/webhook.js';
import { DeliveryCollector } from '../../src/webhooks/delivery/collect-deliveries.js';
import { DeliverySender } from '../../src/webhooks/delivery/send-delivery.js';
import { WebhookDispatcher } from '../../src/webhooks/delivery/webhook-dispatcher.js';
import { DeliveryLog } from '../../src/webhooks/store/delivery-log.js';
import { DeliveryQueue } from '../../src/webhooks/store/delivery-queue.js';
import { WebhookRepository } from '../../src/webhooks/store/webhook-repository.js';
import { WebhookCommands } from '../../src/webhooks/webhook-commands.js';
import { InstanceLabels } from '../../src/novita-instances/store/instance-labels.repository.js';
import { StoreStage, BY_CALLER } from './store-stage.js';

/** One attempt, as the network saw it. */
export interface SeenAttempt {
  at: Date;
  url: string;
  id: string;
  type: string;
  subject: string;
  seq: number;
}

export const answerOf = (status: number, retryAfter: string | null = null): OutboundAnswer => ({
  status,
  retryAfter,
  body: Buffer.from(''),
  isBodyCut: false,
});

/** All of webhooks on a real database, with time that the test moves, and a network that the test is. */
export class WebhookStage {
  readonly seen: SeenAttempt[] = [];
  readonly results: AttemptResult[] = [];
  readonly webhooks: WebhookRepository;
  readonly log: DeliveryLog;
  readonly commands: WebhookCommands;
  sealer = new Sealing('a deployment secret of some length');
  random: Random = systemRandom;
  respond: (attempt: SeenAttempt) => OutboundAnswer | Promise<OutboundAnswer> = () => answerOf(204);
  private readonly clock: Clock;

  private constructor(readonly stage: StoreStage) {
    this.clock = { now: () => stage.now, monotonicMs: () => stage.now.getTime() };
    this.webhooks = new WebhookRepository(stage.database);
    this.log = new DeliveryLog(stage.database);
    this.commands = new WebhookCommands({
      ...this.shared(),
      webhooks: this.webhooks,
      deliveries: this.log,
      sealer: { seal: (...text) => this.sealer.seal(...text), open: (...text) => this.sealer.open(...text) },
      clock: this.clock,
      limits: { maxEndpoints: 1_000, allowHttp: false, allowAddresses: [] },
    });
  }

  static async open(): Promise<WebhookStage> {
    return new WebhookStage(await StoreStage.open());
  }

  close(): Promise<void> {
    return this.stage.close();
  }

  /** A sender as one replica has it. */
  dispatcher(queue = new DeliveryQueue(this.stage.database)): WebhookDispatcher {
    return new WebhookDispatcher({
      deliveries: queue,
      collector: new DeliveryCollector({ ...this.shared(), webhooks: this.webhooks, deliveries: queue }),
      sender: new DeliverySender({ post: (post) => this.post(post) }, this.clock, () => this.random()),
      sealer: { seal: (...text) => this.sealer.seal(...text), open: (...text) => this.sealer.open(...text) },
      clock: this.clock,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      onAttempt: (result) => this.results.push(result),
    });
  }

  async endpoint(url: string, settings: Partial<Pick<Webhook, 'eventTypes' | 'labels'>> = {}): Promise<string> {
    const wanted = { url: `https://${url}.example.com/`, description: '', eventTypes: [], labels: {}, ...settings };
    return (await this.commands.create(wanted, { within: null, cause: BY_CALLER })).webhook.id;
  }

  /** Runs until nothing is due now. */
  async settle(dispatcher: WebhookDispatcher): Promise<void> {
    for (let before = -1; before !== this.seen.length;) {
      before = this.seen.length;
      await dispatcher.run();
      await dispatcher.settled();
    }
  }

  /** Runs up to this time, and stops at every moment at which an attempt is due. */
  async runUntil(dispatcher: WebhookDispatcher, end: Date): Promise<void> {
    for (;;) {
      await this.settle(dispatcher);
      const next = await this.nextDue();
      if (!next || next > end) break;
      // later than due: its endpoint has a pause
      const then = next > this.stage.now ? next : addSeconds(this.stage.now, 1);
      if (then > end) break;
      this.stage.now = then;
    }
    this.stage.now = end;
  }

  /** Oldest event first. */
  async deliveries(webhookId: string): Promise<Delivery[]> {
    const page = await this.log.page(webhookId, { limit: 1_000 });
    return page.sort((a, b) => a.eventPosition - b.eventPosition);
  }

  private async nextDue(): Promise<Date | null> {
    const row = await this.stage.database
      .selectFrom('webhook_deliveries')
      .innerJoin('webhook_endpoints', 'webhook_endpoints.id', 'webhook_deliveries.webhook_id')
      .select((select) => select.fn.min('next_attempt_at').as('next'))
      .where('webhook_endpoints.state', '=', 'enabled')
      .executeTakeFirst();
    return row?.next ?? null;
  }

  private shared() {
    const labels = new InstanceLabels(this.stage.database);
    return {
      readEvents: (query: Parameters<typeof readEventsAfter>[1]) => readEventsAfter(this.stage.database, query),
      labelsOf: (ids: readonly string[]) => labels.of(ids),
      ids: new Ids(this.clock, systemRandom),
    };
  }

  private async post({ url, headers, body, signal }: OutboundPost): Promise<OutboundAnswer> {
    const { type, data } = JSON.parse(body) as { type: string; data: { subject?: { id: string }; seq?: number } };
    const attempt: SeenAttempt = {
      at: this.stage.now,
      url,
      id: headers['webhook-id'] ?? '',
      type,
      subject: data.subject?.id ?? '',
      seq: data.seq ?? 0,
    };
    this.seen.push(attempt);
    let abort = (): void => undefined;
    const broken = new Promise<never>((_, reject) => {
      abort = () => reject(new Error('aborted'));
    });
    signal?.addEventListener('abort', abort);
    try {
      return await Promise.race([broken, this.respond(attempt)]);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }
}
