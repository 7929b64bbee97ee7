import type { EventDto } from '../../../src/events/event.dto.js';
import type { OutboundAnswer } from '../../../src/outbound/guarded-connections.js';
import type { AttemptResult } from '../../../src/webhooks/domain/attempt-result.js';
import { ATTEMPT_SECONDS } from '../../../src/webhooks/delivery/send-delivery.js';
import type { Delivery } from '../../../src/webhooks/domain/webhook.js';
import type { SeededRandom } from '../seeded-random.js';
import type { SimWorld } from '../sim-world.js';
import type { Weather } from '../weather.js';
import type { SimEndpoint } from './sim-endpoint.js';

/** One attempt, as the network sees it. */
interface Sent {
  url: string;
  /** The `webhook-id` that it bears. */
  id: string;
  body: string;
  takenAt: number | null;
}

interface Outcome {
  afterMs: number;
  /** Null: none comes. */
  answer: OutboundAnswer | null;
}

/** How long a receiver gets nothing when it has too much to do and names no time. Published in docs/webhooks.md. */
const PAUSE_SECONDS = 30;
const NONE: Outcome = { afterMs: ATTEMPT_SECONDS * 1000, answer: null };

/** The receivers, and the network to them. */
export class SimReceivers {
  /** The pauses that were asked for, in seconds, by the ids of deliveries. */
  private readonly asked = new Map<string, number>();

  constructor(
    private readonly world: SimWorld,
    private readonly weather: Weather,
    private readonly random: SeededRandom,
    readonly endpoints: readonly SimEndpoint[],
  ) {}

  /** A process makes an attempt. Says what comes back, and when. */
  send({ url, id, body, takenAt }: Sent): Outcome {
    const { weather, world } = this;
    const { judge, time } = world;
    const endpoint = this.endpoints.find((one) => one.url === url);
    if (!endpoint) throw new Error(`there is no receiver at ${url}`);
    const { data: event } = JSON.parse(body) as { data: EventDto };
    world.trace(`to ${endpoint.id} ${event.subject.id} ${event.seq}`);
    judge.deliveryLeaves({ endpoint, deliveryId: id, event, takenAt });
    if (weather.strikes('request-lost')) return NONE;
    const outcome = this.outcomeAt(endpoint);
    const status = outcome.answer?.status ?? 0;
    if (status >= 200 && status <= 299) {
      // it decides before its answer arrives
      time.after(outcome.afterMs * 0.9, () => judge.deliveryReceived(endpoint, event), this.random);
    }
    const { retryAfter = null } = outcome.answer ?? {};
    this.asked.set(id, Number(retryAfter ?? PAUSE_SECONDS));
    return weather.strikes('answer-lost') ? NONE : outcome;
  }

  /** The result of an attempt, which ended then, is in the database. */
  resultWritten(delivery: Delivery, result: AttemptResult, endedAt: number): void {
    const endpoint = this.endpoints.find(({ id }) => id === delivery.webhookId);
    if (!endpoint) return;
    if (result.isGone) endpoint.set('disabled', this.world.time.now, 0);
    this.world.count(`delivery ${result.state === 'waiting' ? 'tried again' : result.isGone ? 'gone' : result.state}`);
    const pauseSeconds = result.last.status === 429 ? this.asked.get(delivery.id) : undefined;
    if (pauseSeconds !== undefined) endpoint.pause(this.world.time.now, endedAt + pauseSeconds * 1000);
    this.world.judge.attemptWritten(delivery.id, endedAt);
  }

  private outcomeAt(endpoint: SimEndpoint): Outcome {
    const { random, world } = this;
    const afterMs = random.logUniform(20, 3_000);
    if (endpoint.isLost) return { afterMs, answer: answerOf(500) };
    switch (this.weather.over ? 'well' : endpoint.moodAt(world.time.now)) {
      case 'well':
        return { afterMs, answer: answerOf(this.weather.strikes('read-error') ? 500 : 204) };
      case 'away':
        return random.chance(0.5) ? NONE : { afterMs, answer: null };
      case 'failing':
        return { afterMs, answer: answerOf(random.pick([500, 404, 302])) };
      case 'overloaded':
        return { afterMs, answer: answerOf(429, random.chance(0.7) ? String(random.integer(1, 900)) : null) };
      case 'gone':
        return { afterMs, answer: answerOf(410) };
    }
  }
}

const answerOf = (status: number, retryAfter: string | null = null): OutboundAnswer => ({
  status,
  retryAfter,
  body: Buffer.alloc(0),
  isBodyCut: false,
});
