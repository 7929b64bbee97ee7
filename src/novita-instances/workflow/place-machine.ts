import { DomainError } from '../../errors/domain-error.js';
import { toMoney } from '../../money/price.js';
import { addSeconds, type Clock } from '../../time/clock.js';
import type { Random } from '../../time/ids.js';
import {
  NovitaUnavailable,
  type CreateOutcome,
  type NovitaClient,
  type SeenMachine,
} from '../../novita-api/novita-client.js';
import { PROMISED } from '../../machines/domain/absence.js';
import type { Guard } from '../../machines/domain/fleet-guard.js';
import type { Attempt, Facts } from '../domain/instance.js';
import type { Progress } from '../domain/progress.js';
import type { Machine, MachineMake } from '../../machines/domain/machine.js';
import type { WaitReason } from '../../vocabulary/wait-reason.js';
import { orderMachine, type MachineOrder, type TemplateUsed } from '../domain/machine-order.js';
import { placeInstance, type Offer } from '../domain/placement.js';
import type { Policy } from '../domain/policy.js';
import { overCapEvents } from '../domain/price-fence.js';
import { judgeRejection, retryPlacementAt } from '../domain/rejection-policy.js';
import { TAG_ENV } from '../../novita-api/tag-env.js';
import { firstSeen } from '../../machines/domain/sighting.js';
import type { Tagger } from '../../machines/domain/tag.js';
import { nextNumber, priceOf, unrecordedAttempt } from '../domain/unrecorded.js';
import type { InstanceStore } from '../store/instance-store.js';
import { amend, commitTo, type Amendment } from './amend.js';
import { isDecisionOld, isTooLateToSend, SLEPT } from './fences.js';
import { NO_TURN, RECONCILER, type Market, type Taken } from './ports.js';
import { secretsOf, toldOutcome, type Told } from './told-outcome.js';
import { makeOf, sightingOf, traceMachine } from '../../machines/sweep/trace-machine.js';
import { GuardStore } from '../../machines/store/guard-store.js';
import { MachineStore } from '../../machines/store/machine-store.js';
import { endHold, endPlacement } from '../domain/placement-hold.js';

const NOT_SENT_WAIT_SECONDS = 3;
const CATALOGUE_WAIT_SECONDS = 5;
/** Not shorter than what the market calls fresh: the next round would be decided by the answer that ended this one. */
const CAPACITY_WAIT_SECONDS = 10;
const CAPACITY_WAIT_MAX_SECONDS = 120;
const ADOPTION_RETRY_SECONDS = 3;
/** A create that goes first after a pause has so long before the next one may. */
const TRIAL_SECONDS = 60;
const PAUSE_MAX_SECONDS = 120;
const FAIL_ON_DOUBT =
  'Novita did not say whether the machine exists, and the request wanted to fail then (onAmbiguous). If it appears it is given back.';
const SOON_MS = 2_000;
const LOOKING = 'Novita did not say whether the machine exists: looking for it.';

/**
 * Buys the machine of an instance. Promises: the attempt is committed before its request leaves; the request leaves once; and
 * whatever became of it is recorded against the attempt, never assumed. A death at any line leaves either no attempt, or one in
 * SENDING whose tag finds the machine if there is one.
 */
export class PlaceMachine {
  constructor(
    private readonly store: InstanceStore,
    private readonly machines: MachineStore,
    private readonly guards: GuardStore,
    private readonly novita: NovitaClient,
    private readonly market: Market,
    private readonly tagger: Tagger,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly policy: Policy,
  ) {}

  /** @param decidedMs see fences.ts */
  async place(facts: Facts, guard: Guard, signal: AbortSignal, decidedMs: number): Promise<Taken> {
    const { instance, attempts } = facts;
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

    const number = nextNumber(facts);
    const tag = this.tagger.write({ instanceId: instance.id, attempt: number });
    const order = orderMachine(instance.spec, template, placement.offer, tag);
    if (!order)
      return this.fail(facts, 'REQUEST_REJECTED', 'The request names neither an image nor a template that has one.');

    const { available, nextInMs } = await this.novita.budget('create');
    if (available < 1) return this.waitForTurn(facts, nextInMs);
    if (signal.aborted) return { pauseSeconds: 1 };
    if (!(await this.mayTry(guard))) return 'again';
    const startedMs = this.clock.monotonicMs();
    if (isDecisionOld(startedMs, decidedMs)) return 'again';
    const attempt = await this.recordIntent(facts, number, tag, placement.offer);
    if (!attempt) return 'again';
    const outcome = toldOutcome(await this.send(order, startedMs), secretsOf(facts).plus(secretValuesIn(order)));
    return this.recordOutcome(instance.id, attempt, order, outcome);
  }

  /** A turn that comes in a moment is no news; a longer wait is told, once. */
  private waitForTurn(facts: Facts, nextInMs: number): Promise<Taken> | Taken {
    const { waitingFor, detail } = facts.instance.progress.placement;
    const seconds = nextInMs / 1000 + this.random();
    const isTold = waitingFor === 'rate-limit' && detail === NO_TURN;
    return nextInMs < SOON_MS || isTold ? { pauseSeconds: seconds } : this.wait(facts, 'rate-limit', seconds, NO_TURN);
  }

  /** After a pause of all creates one goes first, to see whether Novita takes them again. */
  private async mayTry({ createsPaused }: Guard): Promise<boolean> {
    if (!createsPaused) return true;
    const now = this.clock.now();
    let isFirst = false;
    await this.guards.changeGuard((guard) => {
      isFirst = guard.createsPaused === null || guard.createsPaused.until <= now;
      return guard.createsPaused && isFirst
        ? { ...guard, createsPaused: { ...guard.createsPaused, until: addSeconds(now, TRIAL_SECONDS) } }
        : null;
    });
    return isFirst;
  }

  private send(order: MachineOrder, committedMs: number): Promise<CreateOutcome> {
    return isTooLateToSend(this.clock.monotonicMs(), committedMs)
      ? Promise.resolve({ kind: 'not-sent', why: SLEPT })
      : this.novita.createMachine(order);
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
      lastCleanPassAt: null,
    };
    const free = endHold(facts.instance.progress, now);
    const committed = await commitTo(this.store, facts, RECONCILER, {
      attempts: [attempt],
      progress: { ...free, placement: { ...free.placement, notBefore: null, waitingFor: null, detail: null } },
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
    outcome: Told<CreateOutcome>,
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
    await this.pauseOrResume(outcome);
    return 'again';
  }

  /** What would refuse everybody's create pauses them all; the first that Novita judges by itself ends the pause. */
  private async pauseOrResume(outcome: Told<CreateOutcome>): Promise<void> {
    if (outcome.kind !== 'accepted' && outcome.kind !== 'rejected') return;
    const verdict = outcome.kind === 'rejected' ? judgeRejection(outcome.rejection) : null;
    const now = this.clock.now();
    await this.guards.changeGuard((guard) => {
      if (verdict?.kind !== 'wait') return guard.createsPaused && { ...guard, createsPaused: null };
      const { waitingFor, detail, seconds } = verdict;
      // as long as before and once more, so that a pause of hours costs few creates and few rows
      const tries = guard.createsPaused ? guard.createsPaused.tries + 1 : 1;
      const until = addSeconds(
        now,
        Math.min(seconds * 2 ** Math.min(tries - 1, 5), Math.max(seconds, PAUSE_MAX_SECONDS)),
      );
      return { ...guard, createsPaused: { until, waitingFor, detail, tries } };
    });
  }

  private amendmentFor(facts: Facts, attempt: Attempt, order: MachineOrder, outcome: Told<CreateOutcome>): Amendment {
    const now = this.clock.now();
    switch (outcome.kind) {
      case 'accepted': {
        const { machineId } = outcome;
        const isBought = facts.instance.machineId === null;
        return {
          ...(isBought && { instance: { machineId }, progress: endPlacement(facts.instance.progress, now) }),
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
          amendment.progress = waiting(facts, verdict.waitingFor, until, verdict.detail, now);
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
          progress: waiting(
            facts,
            'novita',
            this.retryAt(facts, attempt, 'NOT_SENT', NOT_SENT_WAIT_SECONDS),
            `Novita cannot be reached: ${outcome.why}`,
            now,
          ),
          events: [{ type: 'placement.not_sent', data: { attempt: attempt.number, why: outcome.why } }],
        };
      case 'ambiguous':
        return this.doubted(facts, attempt, 'AMBIGUOUS', outcome.why);
    }
  }

  private doubted({ instance }: Facts, attempt: Attempt, reason: string, why: string): Amendment {
    const event = { type: 'placement.ambiguous' as const, data: { attempt: attempt.number, reason, why } };
    const amendment = {
      attempts: [{ ...attempt, state: 'AMBIGUOUS' as const, reason, message: why }],
      progress: { placement: { ...instance.progress.placement, detail: LOOKING } },
      events: [event],
    };
    if (instance.spec.onAmbiguous === 'wait' || instance.progress.failure) return amendment;
    const failure = { code: 'CREATE_UNCERTAIN' as const, message: FAIL_ON_DOUBT };
    return {
      ...amendment,
      progress: { ...amendment.progress, failure: { ...failure, machine: 'release', at: this.clock.now() } },
      events: [event, { type: 'instance.failed', data: failure }],
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
  async adopt(facts: Facts, { machineId, attemptNumber }: Machine): Promise<Taken> {
    const lookedAt = this.clock.now();
    let seen: SeenMachine;
    const tag = this.tagger.write({ instanceId: facts.instance.id, attempt: attemptNumber });
    try {
      const look = await this.novita.lookAtMachine(machineId);
      if (look.kind === 'missing') await this.machines.recordMissing(machineId, lookedAt);
      if (look.kind === 'seen') {
        const trace = traceMachine(look.machine, this.tagger, facts.instance.id);
        if (trace) await this.machines.recordSightings([sightingOf(look.machine, trace, secretsOf(facts))], lookedAt);
      }
      if (look.kind === 'missing') return { pauseSeconds: ADOPTION_RETRY_SECONDS };
      seen = look.machine;
    } catch (error) {
      if (!(error instanceof NovitaUnavailable)) throw error;
      return { pauseSeconds: error.retryAfterSeconds ?? ADOPTION_RETRY_SECONDS };
    }
    const now = this.clock.now();
    const make = makeOf(seen, secretsOf(facts));
    const recorded = facts.attempts.find(({ number }) => number === attemptNumber);
    const attempt = recorded ?? {
      ...unrecordedAttempt(make, attemptNumber, await this.priceOf(make), now),
      tag,
    };
    const wasLost = facts.instance.progress.failure?.code === 'MACHINE_LOST';
    await commitTo(this.store, facts, RECONCILER, {
      instance: { machineId },
      attempts: [{ ...attempt, state: 'ACCEPTED', machineId, decidedAt: now }],
      progress: { ...endPlacement(facts.instance.progress, now), ...(wasLost && { failure: null }) },
      events: [
        { type: wasLost ? 'machine.found' : 'placement.adopted', data: { attempt: attempt.number, machineId } },
        ...overCapEvents(facts.instance.spec, attempt.offer, machineId),
      ],
    });
    return 'again';
  }

  /** In 1/100000 USD per GPU and hour; 0 when nobody knows. */
  private async priceOf(make: MachineMake): Promise<number> {
    const offers = await this.market.currentOffers(false).catch(() => []);
    return priceOf(make, offers) ?? 0;
  }

  private async nextRound(facts: Facts, why: string): Promise<Taken> {
    const { placement } = facts.instance.progress;
    const backoff = Math.min(CAPACITY_WAIT_SECONDS * 2 ** Math.min(placement.round - 1, 10), CAPACITY_WAIT_MAX_SECONDS);
    const now = this.clock.now();
    const until = addSeconds(now, backoff * (1 + this.random() / 2));
    const next = waiting(facts, 'capacity', until, why, now);
    await commitTo(this.store, facts, RECONCILER, {
      progress: { ...next, placement: { ...next.placement, round: placement.round + 1 } },
      events: [{ type: 'placement.no_capacity', data: { round: placement.round, why } }],
    });
    return 'again';
  }

  private async wait(facts: Facts, waitingFor: WaitReason, seconds: number, detail: string): Promise<Taken> {
    const now = this.clock.now();
    await commitTo(this.store, facts, RECONCILER, {
      progress: waiting(facts, waitingFor, addSeconds(now, seconds), detail, now),
    });
    return 'again';
  }

  /** Says why nothing is bought; asked again when that changes. */
  async hold(facts: Facts, waitingFor: WaitReason, detail: string): Promise<Taken> {
    const now = this.clock.now();
    await commitTo(this.store, facts, RECONCILER, {
      progress: waiting(facts, waitingFor, now, detail, now),
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

/** The placement that waits, and the time that it was held up before, if it waits for capacity now. */
const waiting = (
  facts: Facts,
  waitingFor: WaitReason,
  notBefore: Date,
  detail: string,
  now: Date,
): Pick<Progress, 'placement' | 'heldUp'> => {
  const { placement, heldUp } = facts.instance.progress;
  if (waitingFor !== 'capacity') {
    return {
      heldUp,
      placement: { ...placement, heldSince: placement.heldSince ?? now, waitingFor, detail, notBefore },
    };
  }
  const after = endHold(facts.instance.progress, now);
  return { ...after, placement: { ...after.placement, waitingFor, detail, notBefore } };
};

/** What a template adds to the request is as secret as what the caller wrote into it. */
const secretValuesIn = ({ envs, registryAuthId }: MachineOrder): string[] =>
  [...envs.map(({ key, value }) => (key === TAG_ENV ? null : value)), registryAuthId].filter((value) => value !== null);

const newMachine = (machineId: string, attempt: Attempt, order: MachineOrder, now: Date): Machine =>
  firstSeen(
    {
      machineId,
      attemptNumber: attempt.number,
      observation: {
        state: 'queued',
        statusWord: PROMISED,
        failure: null,
        endpoints: order.ports.map(({ port, protocol }) => ({ port, protocol, address: null })),
        startedAt: null,
        spot: null,
      },
      access: null,
    },
    now,
  );
