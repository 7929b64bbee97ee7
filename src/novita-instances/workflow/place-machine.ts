import { DomainError } from '../../errors/domain-error.js';
import { toMoney } from '../../money/price.js';
import { addSeconds, type Clock } from '../../time/clock.js';
import type { Random } from '../../time/ids.js';
import { NovitaUnavailable, type CreateOutcome, type NovitaClient } from '../../novita-api/novita-client.js';
import type { Attempt, Facts, Machine, WaitReason } from '../domain/instance.js';
import { orderMachine, type MachineOrder, type TemplateUsed } from '../domain/machine-order.js';
import { placeInstance, type Offer } from '../domain/placement.js';
import type { Policy } from '../domain/policy.js';
import { judgeRejection, retryPlacementAt } from '../domain/rejection-policy.js';
import type { Tagger } from '../domain/tag.js';
import type { InstanceStore } from '../store/instance-store.js';
import { amend, commitTo, type Amendment } from './amend.js';
import { RECONCILER, type Market, type Taken } from './ports.js';
import { traceMachine } from './trace-machine.js';

const NOT_SENT_WAIT_SECONDS = 3;
const PAUSED_WAIT_SECONDS = 15;
const CATALOGUE_WAIT_SECONDS = 5;
/** Not shorter than what the market calls fresh: the next round would be decided by the answer that ended this one. */
const CAPACITY_WAIT_SECONDS = 10;
const CAPACITY_WAIT_MAX_SECONDS = 120;
const ADOPTION_RETRY_SECONDS = 3;
const LOOKING = 'Novita did not say whether the machine exists: looking for it.';

/**
 * Buys the machine of an instance. Promises: the attempt is committed before its request leaves; the request leaves once; and
 * whatever became of it is recorded against the attempt, never assumed. A death at any line leaves either no attempt, or one in
 * SENDING whose tag finds the machine if there is one.
 */
export class PlaceMachine {
  constructor(
    private readonly store: InstanceStore,
    private readonly novita: NovitaClient,
    private readonly market: Market,
    private readonly tagger: Tagger,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly policy: Policy & { createsEnabled: boolean },
  ) {}

  async place(facts: Facts, signal: AbortSignal): Promise<Taken> {
    const { instance, attempts } = facts;
    if (!this.policy.createsEnabled) {
      return this.wait(
        facts,
        'paused',
        PAUSED_WAIT_SECONDS,
        'The operator has switched creates off (CREATES_ENABLED).',
      );
    }
    let offers: Offer[];
    let template: TemplateUsed | null = null;
    try {
      offers = await this.market.currentOffers(instance.progress.placement.round > 1);
      if (instance.spec.templateId) template = await this.market.template(instance.spec.templateId);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return this.wait(facts, 'catalogue', CATALOGUE_WAIT_SECONDS, error.message);
    }
    if (instance.spec.templateId && !template) {
      return this.fail(facts, 'TEMPLATE_NOT_FOUND', `Novita has no template ${instance.spec.templateId}.`);
    }
    const placement = placeInstance(instance.spec, offers, attempts, instance.progress.placement.round);
    if (placement.kind === 'no-such-offer') return this.fail(facts, 'NO_OFFER', `Nothing fits: ${placement.why}.`);
    if (placement.kind === 'no-capacity') return this.nextRound(facts, placement.why);

    const number = attempts.reduce((highest, attempt) => Math.max(highest, attempt.number), 0) + 1;
    const tag = this.tagger.write({ instanceId: instance.id, attempt: number });
    const order = orderMachine(instance.spec, template, placement.offer, tag);
    if (!order)
      return this.fail(facts, 'REQUEST_REJECTED', 'The request names neither an image nor a template that has one.');

    const { available, nextInMs } = this.novita.budget('create');
    if (available < 1) return { pauseSeconds: nextInMs / 1000 + this.random() };
    if (signal.aborted) return { pauseSeconds: 1 };
    const attempt = await this.recordIntent(facts, number, tag, placement.offer);
    if (!attempt) return 'again';
    return this.recordOutcome(instance.id, attempt, order, await this.novita.createMachine(order));
  }

  private async recordIntent(facts: Facts, number: number, tag: string, offer: Offer): Promise<Attempt | null> {
    const now = this.clock.now();
    const { productId, productName, regionId, regionName, billingMode, pricePerGpuHour } = offer;
    const attempt: Attempt = {
      number,
      tag,
      round: facts.instance.progress.placement.round,
      offer: { productId, productName, regionId, regionName, billingMode, pricePerGpuHour },
      state: 'SENDING',
      reason: null,
      message: null,
      machineId: null,
      sentAt: now,
      settleAfter: addSeconds(now, this.policy.createSettleSeconds),
      decidedAt: null,
      cleanPasses: 0,
    };
    const committed = await commitTo(this.store, facts, RECONCILER, {
      attempts: [attempt],
      progress: {
        placement: { ...facts.instance.progress.placement, notBefore: null, waitingFor: null, detail: null },
      },
      events: [
        {
          type: 'placement.sent',
          data: { attempt: number, ...attempt.offer, pricePerGpuHour: toMoney(attempt.offer.pricePerGpuHour) },
        },
      ],
    });
    return committed ? attempt : null;
  }

  private async recordOutcome(
    instanceId: string,
    sent: Attempt,
    order: MachineOrder,
    outcome: CreateOutcome,
  ): Promise<Taken> {
    await amend(this.store, instanceId, RECONCILER, (facts) => {
      const attempt = facts.attempts.find(({ number }) => number === sent.number);
      if (!attempt) return null;
      const undecided = attempt.state === 'SENDING' || attempt.state === 'AMBIGUOUS';
      if (!undecided) {
        // a sweep was quicker; another machine of this attempt would be one too many, and is put where it is seen and given back
        if (outcome.kind !== 'accepted' || outcome.machineId === attempt.machineId) return null;
        return { machines: [newMachine(outcome.machineId, attempt, order, this.clock.now())], nudge: true };
      }
      return this.amendmentFor(facts, attempt, order, outcome);
    });
    return 'again';
  }

  private amendmentFor(facts: Facts, attempt: Attempt, order: MachineOrder, outcome: CreateOutcome): Amendment {
    const now = this.clock.now();
    switch (outcome.kind) {
      case 'accepted': {
        const { machineId } = outcome;
        const bind = facts.instance.machineId === null ? { machineId } : {};
        return {
          instance: bind,
          attempts: [{ ...attempt, state: 'ACCEPTED', machineId, decidedAt: now }],
          machines: [newMachine(machineId, attempt, order, now)],
          events: [{ type: 'placement.accepted', data: { attempt: attempt.number, machineId } }],
        };
      }
      case 'rejected': {
        const { reason, message } = outcome.rejection;
        const verdict = judgeRejection(outcome.rejection);
        if (verdict.kind === 'doubt') return this.doubted(facts, attempt, reason, message);
        const amendment: Amendment = {
          attempts: [{ ...attempt, state: 'REJECTED', reason, message, decidedAt: now }],
          events: [{ type: 'placement.rejected', data: { attempt: attempt.number, reason, message } }],
        };
        if (verdict.kind === 'wait') {
          const until = this.retryAt(facts, attempt, reason, verdict.seconds);
          amendment.progress = { placement: waiting(facts, verdict.waitingFor, until, verdict.detail) };
        } else if (verdict.kind === 'fail') {
          const { code, message: sentence } = verdict;
          amendment.progress = { failure: { code, message: sentence, machine: 'release', at: now } };
          amendment.events?.push({ type: 'instance.failed', data: { code, message: sentence } });
        }
        return amendment;
      }
      case 'not-sent':
        return {
          attempts: [{ ...attempt, state: 'NOT_SENT', reason: 'NOT_SENT', message: outcome.why, decidedAt: now }],
          progress: {
            placement: waiting(
              facts,
              'novita',
              this.retryAt(facts, attempt, 'NOT_SENT', NOT_SENT_WAIT_SECONDS),
              `Novita cannot be reached: ${outcome.why}`,
            ),
          },
          events: [{ type: 'placement.not_sent', data: { attempt: attempt.number, why: outcome.why } }],
        };
      case 'ambiguous':
        return this.doubted(facts, attempt, 'AMBIGUOUS', outcome.why);
    }
  }

  private doubted({ instance }: Facts, attempt: Attempt, reason: string, why: string): Amendment {
    return {
      attempts: [{ ...attempt, state: 'AMBIGUOUS', reason, message: why }],
      progress: { placement: { ...instance.progress.placement, detail: LOOKING } },
      events: [{ type: 'placement.ambiguous', data: { attempt: attempt.number, reason, why } }],
    };
  }

  private retryAt({ instance, attempts }: Facts, { number }: Attempt, ending: string, seconds: number): Date {
    const { since } = instance.progress.placement;
    const earlier = attempts.filter((other) => other.number < number && other.sentAt >= since);
    return retryPlacementAt(earlier, ending, seconds, this.clock.now());
  }

  async doubt(facts: Facts, attempt: Attempt): Promise<Taken> {
    const amendment = this.doubted(facts, attempt, 'SENDER_LOST', 'the process that sent it is gone');
    await commitTo(this.store, facts, RECONCILER, amendment);
    return 'again';
  }

  async writeOff(facts: Facts, attempt: Attempt): Promise<Taken> {
    await commitTo(this.store, facts, RECONCILER, {
      attempts: [{ ...attempt, state: 'ABSENT', decidedAt: this.clock.now() }],
      events: [{ type: 'placement.absent', data: { attempt: attempt.number, cleanPasses: attempt.cleanPasses } }],
    });
    return 'again';
  }

  /** The machine is looked at by id first: it may have gone since, and the list that showed it may leave out its ports. */
  async adopt(facts: Facts, attempt: Attempt, { machineId }: Machine): Promise<Taken> {
    const lookedAt = this.clock.now();
    try {
      const look = await this.novita.lookAtMachine(machineId);
      if (look.kind === 'missing') await this.store.recordMissing(machineId, lookedAt);
      const sighting = look.kind === 'seen' ? traceMachine(look.machine, this.tagger, null) : null;
      if (sighting) await this.store.recordSightings([sighting], lookedAt);
      if (sighting?.instanceId !== facts.instance.id || sighting.attemptNumber !== attempt.number) {
        return { pauseSeconds: ADOPTION_RETRY_SECONDS };
      }
    } catch (error) {
      if (!(error instanceof NovitaUnavailable)) throw error;
      return { pauseSeconds: error.retryAfterSeconds ?? ADOPTION_RETRY_SECONDS };
    }
    await commitTo(this.store, facts, RECONCILER, {
      instance: { machineId },
      attempts: [{ ...attempt, state: 'ACCEPTED', machineId, decidedAt: this.clock.now() }],
      events: [{ type: 'placement.adopted', data: { attempt: attempt.number, machineId } }],
    });
    return 'again';
  }

  private async nextRound(facts: Facts, why: string): Promise<Taken> {
    const { placement } = facts.instance.progress;
    const backoff = Math.min(CAPACITY_WAIT_SECONDS * 2 ** Math.min(placement.round - 1, 10), CAPACITY_WAIT_MAX_SECONDS);
    const until = addSeconds(this.clock.now(), backoff * (1 + this.random() / 2));
    await commitTo(this.store, facts, RECONCILER, {
      progress: { placement: { ...waiting(facts, 'capacity', until, why), round: placement.round + 1 } },
      events: [{ type: 'placement.no_capacity', data: { round: placement.round, why } }],
    });
    return 'again';
  }

  private async wait(facts: Facts, waitingFor: WaitReason, seconds: number, detail: string): Promise<Taken> {
    await commitTo(this.store, facts, RECONCILER, {
      progress: { placement: waiting(facts, waitingFor, addSeconds(this.clock.now(), seconds), detail) },
    });
    return 'again';
  }

  private async fail(
    facts: Facts,
    code: 'NO_OFFER' | 'TEMPLATE_NOT_FOUND' | 'REQUEST_REJECTED',
    message: string,
  ): Promise<Taken> {
    await commitTo(this.store, facts, RECONCILER, {
      progress: { failure: { code, message, machine: 'release', at: this.clock.now() } },
      events: [{ type: 'instance.failed', data: { code, message } }],
    });
    return 'again';
  }
}

const waiting = ({ instance }: Facts, waitingFor: WaitReason, notBefore: Date, detail: string) => ({
  ...instance.progress.placement,
  waitingFor,
  detail,
  notBefore,
});

const newMachine = (machineId: string, attempt: Attempt, order: MachineOrder, now: Date): Machine => ({
  machineId,
  attemptNumber: attempt.number,
  observation: {
    state: 'queued',
    statusWord: 'accepted',
    failure: null,
    endpoints: order.ports.map(({ port, protocol }) => ({ port, protocol, address: null })),
    spot: null,
  },
  access: null,
  observedAt: now,
  changedAt: now,
  firstSeenAt: now,
  missingProofs: 0,
  lastMissingAt: null,
  releaseAcknowledgedAt: null,
  goneAt: null,
});
