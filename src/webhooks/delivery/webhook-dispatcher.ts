import { setMaxListeners } from 'node:events';
import type { Log } from '../../logging/log.js';
import type { Sealer } from '../../secrets/sealing.js';
import type { StatusValue } from '../../timetable/background-task.js';
import { addSeconds, type Clock } from '../../time/clock.js';
import type { AttemptResult } from '../domain/attempt-result.js';
import { openSecrets, secretsThatSign } from '../domain/signing-secrets.js';
import type { ClaimedDelivery, DeliveryQueue } from '../store/delivery-queue.js';
import type { DeliveryCollector } from './collect-deliveries.js';
import { ATTEMPT_SECONDS, type DeliverySender } from './send-delivery.js';

/** Attempts under way in this process. A receiver that does not answer occupies at most four, and one after its first failure. */
const LIMITS = { total: 100, perWebhook: 4 };
/** Longer than an attempt and the writing of its result. A killed sender's delivery is sent again after this. */
const CLAIM_SECONDS = ATTEMPT_SECONDS + 10;
/** How soon a delivery is looked at again whose secret cannot be decrypted. */
const UNREADABLE_SECONDS = 60;
/** The end of an attempt begins others only while the task runs here: another replica may have its lease by now. */
const RUNS_HERE_MS = 5_000;

export interface DispatcherParts {
  deliveries: Pick<DeliveryQueue, 'work' | 'take' | 'release' | 'finish'>;
  collector: Pick<DeliveryCollector, 'collect'>;
  sender: Pick<DeliverySender, 'attempt'>;
  sealer: Sealer;
  clock: Clock;
  log: Log;
  /** Called after every attempt whose result was written. */
  onAttempt: (result: AttemptResult) => void;
}

/**
 * Sends deliveries. One replica does at a time, by the lease of its background task. Should two do it for a moment, claims keep them apart.
 * At least once: a process that dies between an attempt and the writing of its result sends the delivery again, with the same id.
 */
export class WebhookDispatcher {
  private readonly underWay = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private pumping: Promise<void> | null = null;
  private isPumpedAgain = false;
  private seenPosition = -1;
  /** Whether the last look found something due: then there may be more than there was room for. */
  private mayBeMore = true;
  private ranAtMs = -Infinity;
  /** Whether an endpoint gets events, as the last run saw it. */
  isNeeded = true;

  constructor(private readonly parts: DispatcherParts) {
    // each attempt listens; Node would take more than ten listeners for a leak
    setMaxListeners(LIMITS.total, this.stopping.signal);
  }

  /** Makes the deliveries of new events, and begins the attempts that are due. Does not wait for the attempts. */
  async run(): Promise<StatusValue> {
    const { deliveries, clock } = this.parts;
    this.ranAtMs = clock.monotonicMs();
    const { lastPosition, isDue, isAnyEndpoint } = await deliveries.work(clock.now());
    this.isNeeded = isAnyEndpoint;
    const isNew = isAnyEndpoint && lastPosition !== this.seenPosition;
    const made = isNew ? await this.collectAll() : 0;
    this.seenPosition = lastPosition;
    if (isDue || made > 0) await this.pump();
    return { made, underWay: this.underWay.size };
  }

  /** Resolves when no attempt is under way. */
  async settled(): Promise<void> {
    while (this.underWay.size > 0 || this.pumping) await Promise.all([...this.underWay, this.pumping]);
  }

  /** Breaks off the attempts under way. Their deliveries are due at once, by another process or the next start. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.settled();
  }

  private async collectAll(): Promise<number> {
    for (let all = 0; ;) {
      const { made, isMore } = await this.parts.collector.collect(this.parts.clock.now());
      all += made;
      if (!isMore || this.stopping.signal.aborted) return all;
    }
  }

  /** Begins the attempts that are due. Concurrent calls are joined. */
  private pump(): Promise<void> {
    this.isPumpedAgain = true;
    this.pumping ??= this.takeAll().finally(() => {
      this.pumping = null;
    });
    return this.pumping;
  }

  private async takeAll(): Promise<void> {
    const { deliveries, clock } = this.parts;
    while (this.isPumpedAgain && !this.stopping.signal.aborted) {
      this.isPumpedAgain = false;
      const total = LIMITS.total - this.underWay.size;
      if (total <= 0) return;
      const now = clock.now();
      const taken = await deliveries.take({ ...LIMITS, total }, now, addSeconds(now, CLAIM_SECONDS));
      this.mayBeMore = taken.length > 0;
      for (const claimed of taken) this.begin(claimed);
    }
  }

  private begin(claimed: ClaimedDelivery): void {
    const done = this.deliver(claimed)
      .catch((error: unknown) => {
        // the claim ends by itself, and then the delivery is sent again
        this.parts.log.warn({ err: error, delivery: claimed.delivery.id }, 'the result of a delivery was not written');
      })
      .then(() => {
        this.underWay.delete(done);
        this.goOn();
      });
    this.underWay.add(done);
  }

  /** The end of an attempt makes room, and lets the next delivery of its subject go. */
  private goOn(): void {
    if (!this.mayBeMore || this.stopping.signal.aborted || this.parts.clock.monotonicMs() - this.ranAtMs > RUNS_HERE_MS)
      return;
    this.pump().catch((error: unknown) => {
      // the next run finds what is due
      this.parts.log.warn({ err: error }, 'due deliveries cannot be read');
    });
  }

  private async deliver(claimed: ClaimedDelivery): Promise<void> {
    const { deliveries, sender, sealer, clock, onAttempt } = this.parts;
    const { delivery, url, sealedSecrets } = claimed;
    const secrets = openSecrets(delivery.webhookId, sealedSecrets, sealer);
    if (!secrets) {
      await deliveries.release(claimed, addSeconds(clock.now(), UNREADABLE_SECONDS));
      return;
    }
    const { signal } = this.stopping;
    const sending = { url, secrets: secretsThatSign(secrets, clock.now()), delivery, signal };
    const result = await sender.attempt(sending);
    if (signal.aborted && result.last.status === null) await deliveries.release(claimed, null);
    else {
      const written = await deliveries.finish(claimed, result);
      if (!written) return;
      this.mayBeMore ||= written.isNextDue;
      onAttempt(result);
    }
  }
}
