import { DomainError } from '../../errors/domain-error.js';
import type { EventDraft } from '../../events/event-catalogue.js';
import { addSeconds, secondsBetween, type Clock } from '../../time/clock.js';
import { NovitaUnavailable, type ActionOutcome, type NovitaClient } from '../../novita-api/novita-client.js';
import type { UpstreamText } from '../../redaction/upstream-text.js';
import { refusedSpan } from '../domain/deadlines.js';
import { withSpan } from '../../time/held-up.js';
import type { Facts } from '../domain/instance.js';
import type { SentAction } from '../domain/progress.js';
import type { Machine } from '../../machines/domain/machine.js';
import type { Policy } from '../domain/policy.js';
import type { Offer } from '../domain/placement.js';
import { whyTooDearToStart } from '../domain/price-fence.js';
import { runMarkOf } from '../domain/restart.js';
import { judgeRejection } from '../domain/rejection-policy.js';
import type { Tagger } from '../../machines/domain/tag.js';
import type { InstanceStore } from '../store/instance-store.js';
import { amend, commitTo } from './amend.js';
import { isDecisionOld, isTooLateToSend, SLEPT } from './fences.js';
import { NO_TURN, RECONCILER, type Market, type Taken } from './ports.js';
import { secretsOf, toldOutcome, type Told } from './told-outcome.js';
import { readTag } from '../../machines/sweep/trace-machine.js';
import { MachineStore } from '../../machines/store/machine-store.js';

const RELEASE_RETRY_SECONDS = 5;
const RELEASE_RETRY_MAX_SECONDS = 60;
/** A machine that a fresh look shows not to be ours is left alone; now and then it is looked at again. */
const STRANGER_SECONDS = 600;
const ACTION_RETRY_SECONDS = 2;
const ACTION_RETRY_MAX_SECONDS = 60;
const TURN_IS_LATE_SECONDS = 2;
/** A machine that is too dear to be started is not billed meanwhile. */
const PRICE_RETRY_SECONDS = 30;

type ReleaseOutcome = Told<ActionOutcome> | { kind: 'not-ours' } | { kind: 'unavailable'; why: string };

/**
 * Starts, stops, restarts and gives back a machine that we know by id. All but restart set a level, so sending them again is
 * harmless; what they did is only ever learnt from a later look. Every refusal is followed by a longer wait, and told once.
 */
export class SteerMachine {
  constructor(
    private readonly store: InstanceStore,
    private readonly machines: MachineStore,
    private readonly novita: NovitaClient,
    private readonly market: Market,
    private readonly tagger: Tagger,
    private readonly clock: Clock,
    private readonly policy: Policy,
  ) {}

  /** @param decidedMs see fences.ts */
  async act(facts: Facts, verb: SentAction['verb'], machine: Machine, decidedMs: number): Promise<Taken> {
    const tooDear = verb === 'start' ? await this.whyTooDear(facts, machine) : null;
    if (tooDear) return this.waitForPrice(facts, machine, tooDear);
    const { available, nextInMs } = await this.novita.budget(verb === 'stop' ? 'release' : 'create');
    if (available < 1) return this.waitForTurn(facts, verb, machine, nextInMs);
    const last = lastAction(facts, verb);
    const { machineId } = machine;
    const next = this.nextAction(facts, verb, machine);
    // until its answer is here, the request may have been done
    const action = { ...next, doubtful: true, unseen: next.unseen + 1 };
    const heldUp = refusedSpan(facts.instance, machine, action.sentAt).reduce(withSpan, facts.instance.progress.heldUp);
    const committedMs = this.clock.monotonicMs();
    if (isDecisionOld(committedMs, decidedMs)) return 'again';
    // committed first: whoever comes after a death here knows that it may have been sent
    if (!(await commitTo(this.store, facts, RECONCILER, { progress: { action, heldUp } }))) return 'again';
    const outcome = toldOutcome(await this.send(verb, machineId, committedMs), secretsOf(facts));
    if (outcome.kind === 'not-found') await this.machines.recordMissing(machineId, action.sentAt);
    await amend(this.store, facts.instance.id, RECONCILER, ({ instance }) => {
      const current = instance.progress.action;
      if (current?.verb !== verb || current.generation !== action.generation) return null;
      const after = this.afterOutcome(action, outcome);
      const isEcho = after.refusal !== null && after.refusal === last?.refusal;
      return {
        progress: { action: after },
        events: isEcho ? [] : [actionEvent(verb, machineId, outcome)],
      };
    });
    return 'again';
  }

  /**
   * The requests of this minute are used up. That is no fault of the machine: a wait that is long enough to matter is written
   * down like a refusal that passes, once.
   */
  private async waitForTurn(
    facts: Facts,
    verb: SentAction['verb'],
    machine: Machine,
    nextInMs: number,
  ): Promise<Taken> {
    const last = lastAction(facts, verb);
    const now = this.clock.now();
    const isTold = last !== null && !last.acknowledged && last.isPassing;
    if (!isTold && secondsBetween(facts.instance.progress.wantedAt, now) > TURN_IS_LATE_SECONDS) {
      const action = {
        ...this.nextAction(facts, verb, machine),
        tries: last?.tries ?? 0,
        refusal: NO_TURN,
        isPassing: true,
      };
      const notBefore = addSeconds(now, nextInMs / 1000);
      await commitTo(this.store, facts, RECONCILER, { progress: { action: { ...action, notBefore } } });
    }
    return { pauseSeconds: nextInMs / 1000 };
  }

  private async whyTooDear(facts: Facts, machine: Machine): Promise<string | null> {
    if (facts.instance.spec.maxPricePerGpuHour === null) return null;
    return whyTooDearToStart(facts, machine, await this.market.currentOffers(false).catch(offersUnknown));
  }

  /** Nothing is sent; the price is asked for again later, and the time until then counts against no deadline. */
  private async waitForPrice(facts: Facts, machine: Machine, why: string): Promise<Taken> {
    const last = lastAction(facts, 'start');
    const next = this.nextAction(facts, 'start', machine);
    const { heldUp } = facts.instance.progress;
    const notBefore = addSeconds(next.sentAt, PRICE_RETRY_SECONDS);
    await commitTo(this.store, facts, RECONCILER, {
      progress: {
        action: { ...next, tries: last?.tries ?? 0, notBefore, refusal: why, isPassing: true },
        heldUp: refusedSpan(facts.instance, machine, next.sentAt).reduce(withSpan, heldUp),
      },
      events:
        last?.refusal === why ? [] : [{ type: 'machine.start_not_sent', data: { machineId: machine.machineId, why } }],
    });
    return 'again';
  }

  /** The request as it stands before it is sent. */
  private nextAction(facts: Facts, verb: SentAction['verb'], machine: Machine): SentAction {
    const { instance } = facts;
    const last = lastAction(facts, verb);
    const { readyAt } = instance.progress.readiness;
    // a workload that answered in between makes this a new trouble, and not the old one going on
    const goesOn = last !== null && (readyAt === null || readyAt <= last.sentAt);
    const now = this.clock.now();
    return {
      verb,
      generation: generationOf(facts, verb),
      sentAt: now,
      acknowledged: false,
      tries: goesOn ? last.tries + 1 : 1,
      acknowledgements: goesOn ? last.acknowledgements : 0,
      notBefore: addSeconds(now, this.policy.requestTimeoutSeconds),
      refusal: null,
      isPassing: false,
      doubtful: false,
      unseen: last?.unseen ?? 0,
      // the first look counts: whatever came since then came after the first try
      before: verb === 'restart' ? (last?.before ?? runMarkOf(machine)) : null,
    };
  }

  private afterOutcome(action: SentAction, outcome: Told<ActionOutcome>): SentAction {
    const now = this.clock.now();
    if (outcome.kind === 'acknowledged') {
      return {
        ...action,
        acknowledged: true,
        doubtful: false,
        acknowledgements: action.acknowledgements + 1,
        sentAt: now,
      };
    }
    const backoff = doubling(ACTION_RETRY_SECONDS, action.tries + 1, ACTION_RETRY_MAX_SECONDS);
    const retryAfter = outcome.kind === 'rejected' ? (outcome.rejection.retryAfterSeconds ?? 0) : 0;
    const doubtful =
      outcome.kind === 'ambiguous' ||
      (outcome.kind === 'rejected' && judgeRejection(outcome.rejection).kind === 'doubt');
    return {
      ...action,
      doubtful,
      unseen: action.unseen - (doubtful ? 0 : 1),
      notBefore: addSeconds(now, Math.max(backoff, retryAfter)),
      refusal: outcome.kind === 'rejected' ? `${outcome.rejection.reason}: ${outcome.rejection.message}` : outcome.kind,
      isPassing:
        outcome.kind === 'rejected'
          ? judgeRejection(outcome.rejection).kind === 'wait'
          : outcome.kind === 'ambiguous' || outcome.kind === 'not-sent',
    };
  }

  private async send(verb: SentAction['verb'], machineId: string, committedMs: number): Promise<ActionOutcome> {
    if (isTooLateToSend(this.clock.monotonicMs(), committedMs)) return { kind: 'not-sent', why: SLEPT };
    switch (verb) {
      case 'start':
        return this.novita.startMachine(machineId);
      case 'stop':
        return this.novita.stopMachine(machineId);
      case 'restart':
        return this.novita.restartMachine(machineId);
    }
  }

  /** @param decidedMs see fences.ts */
  async release(facts: Facts, { machineId }: Machine, surplus: boolean, decidedMs: number): Promise<Taken> {
    const sentAt = this.clock.now();
    const doubt = surplus ? await this.doubtOf(facts, machineId) : null;
    if (isDecisionOld(this.clock.monotonicMs(), decidedMs)) return 'again';
    const outcome = doubt ?? toldOutcome(await this.novita.deleteMachine(machineId), secretsOf(facts));
    if (outcome.kind === 'not-found') await this.machines.recordMissing(machineId, sentAt);
    if (outcome.kind === 'acknowledged') await this.machines.recordReleaseAcknowledged(machineId, this.clock.now());
    await amend(this.store, facts.instance.id, RECONCILER, ({ instance, machines }) => {
      // a person's word was taken meanwhile: that is what became of it
      const isBuried = machines.some((machine) => machine.machineId === machineId && machine.goneAt);
      const { releases } = instance.progress;
      const last = releases[machineId];
      const tries = (last?.tries ?? 0) + 1;
      const waitSeconds =
        outcome.kind === 'not-ours'
          ? STRANGER_SECONDS
          : doubling(RELEASE_RETRY_SECONDS, tries, RELEASE_RETRY_MAX_SECONDS);
      const said = outcome.kind === 'rejected' ? `rejected ${outcome.rejection.reason}` : outcome.kind;
      const next = {
        since: last?.since ?? sentAt,
        tries,
        notBefore: addSeconds(this.clock.now(), waitSeconds),
        outcome: said,
        said: sentenceOf(outcome),
      };
      return {
        ...(!isBuried && { progress: { releases: { ...releases, [machineId]: next } } }),
        events: last?.outcome === said ? [] : [deleteEvent({ machineId, surplus }, outcome)],
      };
    });
    return 'again';
  }

  /**
   * A surplus machine is looked at once more before it is given back, and spared unless it carries our tag now: in its name, or,
   * if a person has renamed it since we first saw it, in its environment.
   */
  private async doubtOf({ instance }: Facts, machineId: string): Promise<ReleaseOutcome | null> {
    try {
      const look = await this.novita.lookAtMachine(machineId);
      if (look.kind === 'missing') return { kind: 'not-found' };
      const { machine } = look;
      const isOurs = (name: UpstreamText | null): boolean =>
        name !== null && readTag({ name }, this.tagger)?.instanceId === instance.id;
      return isOurs(machine.name) || isOurs(machine.envTag) ? null : { kind: 'not-ours' };
    } catch (error) {
      if (!(error instanceof NovitaUnavailable)) throw error;
      return { kind: 'unavailable', why: error.message };
    }
  }
}

const offersUnknown = (error: unknown): Offer[] | null => {
  if (error instanceof DomainError) return null;
  throw error;
};

const generationOf = ({ instance }: Facts, verb: SentAction['verb']): number =>
  verb === 'restart' ? instance.restartGeneration : instance.generation;

/** The last time that this same wish was sent. */
const lastAction = (facts: Facts, verb: SentAction['verb']): SentAction | null => {
  const { action } = facts.instance.progress;
  return action?.verb === verb && action.generation === generationOf(facts, verb) ? action : null;
};

const doubling = (firstSeconds: number, tries: number, mostSeconds: number): number =>
  Math.min(firstSeconds * 2 ** Math.min(tries - 1, 10), mostSeconds);

const actionEvent = (verb: SentAction['verb'], machineId: string, outcome: Told<ActionOutcome>): EventDraft => {
  switch (outcome.kind) {
    case 'acknowledged':
      return { type: `machine.${verb}_acknowledged`, data: { machineId } };
    case 'not-found':
      return { type: `machine.${verb}_not_found`, data: { machineId } };
    case 'rejected': {
      const { reason, message } = outcome.rejection;
      return { type: `machine.${verb}_rejected`, data: { machineId, reason, message } };
    }
    case 'ambiguous':
      return { type: `machine.${verb}_ambiguous`, data: { machineId, why: outcome.why } };
    case 'not-sent':
      return { type: `machine.${verb}_not_sent`, data: { machineId, why: outcome.why } };
  }
};

const deleteEvent = (which: { machineId: string; surplus: boolean }, outcome: ReleaseOutcome): EventDraft => {
  switch (outcome.kind) {
    case 'acknowledged':
      return { type: 'machine.delete_acknowledged', data: which };
    case 'not-found':
      return { type: 'machine.delete_not_found', data: which };
    case 'not-ours':
      return { type: 'machine.delete_not_ours', data: which };
    case 'rejected': {
      const { reason, message } = outcome.rejection;
      return { type: 'machine.delete_rejected', data: { ...which, reason, message } };
    }
    case 'ambiguous':
      return { type: 'machine.delete_ambiguous', data: { ...which, why: outcome.why } };
    case 'not-sent':
      return { type: 'machine.delete_not_sent', data: { ...which, why: outcome.why } };
    case 'unavailable':
      return { type: 'machine.delete_unavailable', data: { ...which, why: outcome.why } };
  }
};

const sentenceOf = (outcome: ReleaseOutcome): string | null => {
  switch (outcome.kind) {
    case 'rejected':
      return `${outcome.rejection.reason}: ${outcome.rejection.message}`;
    case 'ambiguous':
    case 'not-sent':
    case 'unavailable':
      return outcome.why;
    case 'not-ours':
      return 'it does not carry the tag of this instance any more';
    case 'acknowledged':
    case 'not-found':
      return null;
  }
};
