import type { OutboundAnswer, OutboundPost } from '../../../src/outbound/guarded-connections.js';
import type { Clock } from '../../../src/time/clock.js';
import { Ids } from '../../../src/time/ids.js';
import { DeliveryCollector } from '../../../src/webhooks/delivery/collect-deliveries.js';
import { DeliverySender } from '../../../src/webhooks/delivery/send-delivery.js';
import { WebhookDispatcher } from '../../../src/webhooks/delivery/webhook-dispatcher.js';
import type { ClaimedDelivery } from '../../../src/webhooks/store/delivery-queue.js';
import type { SeededRandom } from '../seeded-random.js';
import { SideConnection, type Host } from '../side-connection.js';
import type { SimWorld } from '../sim-world.js';
import type { Weather } from '../weather.js';
import type { MemoryWebhooks } from './memory-webhooks.js';
import type { SimReceivers } from './sim-receivers.js';

/** Shows the sealed text as it is. */
export const PLAIN = { seal: (text: string) => text, open: (text: string) => text };

/** After these there may be something to send. */
const WRITES: ReadonlySet<string> = new Set(['collect', 'finish', 'release']);

interface Parts {
  world: SimWorld;
  weather: Weather;
  random: SeededRandom;
  store: MemoryWebhooks;
  receivers: SimReceivers;
  /** The process that this is a part of. */
  host: Host;
  clock: Clock;
  onDeath: () => void;
  /** Something was written. */
  onWrite: () => void;
}

/**
 * The part of a process that sends deliveries: the real dispatcher on a connection that breaks. It may die alone, which looks to the rest
 * of the deliveries like the death of its process.
 */
export class WebhookProcess {
  readonly dispatcher: WebhookDispatcher;
  hasDied = false;
  /** When this process took a delivery last, and when its last attempt of one ended, by the ids of deliveries. */
  private readonly takenAt = new Map<string, number>();
  private readonly endedAt = new Map<string, number>();
  private readonly host: Host;

  constructor(private readonly parts: Parts) {
    const { host, store, clock, random, world, weather } = parts;
    this.host = this.hostIn(host);
    const connection = new SideConnection(
      world,
      this.host,
      weather,
      random,
      (name) => WRITES.has(name) && parts.onWrite(),
    );
    const deliveries = connection.to<MemoryWebhooks>(this.watched(store));
    const ids = new Ids(clock, random.next);
    this.dispatcher = new WebhookDispatcher({
      deliveries,
      collector: new DeliveryCollector({
        webhooks: deliveries,
        deliveries,
        readEvents: (query) => deliveries.readEvents(query),
        labelsOf: (instanceIds) => deliveries.labelsOf(instanceIds),
        ids,
      }),
      sender: new DeliverySender({ post: (post) => this.post(post) }, clock, random.next),
      sealer: PLAIN,
      clock,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      onAttempt: () => undefined,
    });
  }

  private hostIn(host: Host): Host {
    const hasDied = (): boolean => this.hasDied || host.hasDied;
    return {
      get hasDied() {
        return hasDied();
      },
      get isAsleep() {
        return host.isAsleep;
      },
      deliver: (go) => host.deliver(() => this.hasDied || go()),
      crash: () => {
        if (this.hasDied) return;
        this.hasDied = true;
        this.parts.onDeath();
      },
    };
  }

  /** The same store, which notes what this process takes and ends. */
  private watched(store: MemoryWebhooks): MemoryWebhooks {
    const { world, receivers } = this.parts;
    const noting = Object.create(store) as MemoryWebhooks;
    noting.take = (...args) => {
      const taken = store.take(...args);
      const { now } = world.time;
      void taken.then((all) => all.forEach(({ delivery }) => this.takenAt.set(delivery.id, now)));
      return taken;
    };
    noting.finish = (claimed: ClaimedDelivery, result) => {
      const written = store.finish(claimed, result);
      void written.then((done) => {
        if (done) receivers.resultWritten(claimed.delivery, result, this.endedAt.get(claimed.delivery.id) ?? 0);
      });
      return written;
    };
    return noting;
  }

  private post({ url, headers, body }: OutboundPost): Promise<OutboundAnswer> {
    const { world, weather, random, receivers } = this.parts;
    const id = headers['webhook-id'] ?? '';
    if (weather.strikes('crash-before-send')) return this.die('before sending');
    const { afterMs, answer } = receivers.send({ url, id, body, takenAt: this.takenAt.get(id) ?? null });
    if (weather.strikes('crash-after-send')) return this.die('after sending');
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.endedAt.set(id, world.time.now);
        if (answer) resolve(answer);
        else reject(new Error('no answer'));
      };
      world.time.after(afterMs, () => this.host.deliver(end), random);
    });
  }

  private die(when: string): Promise<never> {
    this.parts.world.count(`a sender died ${when}`);
    this.host.crash();
    return new Promise(() => undefined);
  }
}
