import type { Offer, OfferTaken } from '../../placement/offer.js';
import type { FailureCode } from '../../vocabulary/failure-code.js';
import type { OfferMemoryStore } from '../../catalogue/store/offer-memory-store.js';
import type { Market } from '../../placement/market.js';
import { DomainError } from '../../errors/domain-error.js';
import type { Guard } from '../../machines/domain/fleet-guard.js';
import type { Tagger } from '../../machines/domain/tag.js';
import type { GuardStore } from '../../machines/store/guard-store.js';
import type { NovitaClient } from '../../novita-api/novita-client.js';
import { TAG_ENV } from '../../novita-api/tag-env.js';
import { addSeconds, type Clock } from '../../time/clock.js';
import type { Random } from '../../time/ids.js';
import type { WaitReason } from '../../vocabulary/wait-reason.js';
import { pausedByAnswer } from '../../placement/creates-pause.js';
import { handedOffer } from '../domain/capacity-wait.js';
import type { Attempt, Snapshot } from '../domain/instance.js';
import { orderMachine, type MachineOrder, type TemplateUsed } from '../../placement/machine-order.js';
import type { Placement, VolumePlace } from '../../placement/choose-offer.js';
import type { Policy } from '../domain/policy.js';
import { isAbovePlan, sayAllReasons } from '../../placement/placement-words.js';
import { isCapacityReason, judgeRejection } from '../../placement/rejection-policy.js';
import { nextNumber } from '../domain/unrecorded.js';
import type { InstanceStore } from '../store/instance-store.js';
import {
  createAnswered,
  createIntended,
  intendedAttempt,
  type CreateAnswer,
} from '../transitions/create-transitions.js';
import { failed, noCapacity, placementWaits, limitReached } from '../transitions/placement-waits.js';
import type { InstanceChange } from '../transitions/instance-change.js';
import { NO_TURN, RECONCILER, type Taken } from '../workflow/ports.js';
import { recordOutcome, writeChange } from '../workflow/write-change.js';
import { findOffer } from './find-offer.js';
import { isDecisionOld, isTooLateToSend, SLEPT } from './fences.js';
import { secretsOf, toldOutcome } from './told-outcome.js';

const CATALOGUE_WAIT_SECONDS = 5;
/** There may be room when another instance has been stopped or deleted, or a limit is raised. */
const QUOTA_WAIT_SECONDS = 10;
/** A create that goes first after a pause has so long before the next one may. */
const TRIAL_SECONDS = 60;
/** A wait for a request of the budget that is shorter is not worth telling. */
const SOON_MS = 2_000;

/**
 * Buys the machine of an instance. Promises: the attempt is committed before its request leaves; the request leaves once; and
 * whatever became of it is recorded against the attempt, never assumed. A death at any line leaves either no attempt, or one in
 * SENDING whose tag finds the machine if there is one.
 */
export class PlaceMachine {
  constructor(
    private readonly store: InstanceStore,
    private readonly guards: GuardStore,
    private readonly novita: NovitaClient,
    private readonly market: Market,
    private readonly memory: OfferMemoryStore,
    private readonly tagger: Tagger,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly policy: Policy,
  ) {}

  /** @param decidedMs see fences.ts */
  async place(snapshot: Snapshot, guard: Guard, signal: AbortSignal, decidedMs: number): Promise<Taken> {
    const { instance, attempts } = snapshot;
    const { spec, progress } = instance;
    let offers: Offer[];
    let template: TemplateUsed | null = null;
    let volumes: VolumePlace[] = [];
    const handed = handedOffer(progress.placement, this.clock.now());
    try {
      offers = handed ? [asFree(handed)] : await this.market.currentOffers(isToBeFresh(snapshot));
      if (spec.templateId) template = await this.market.template(spec.templateId);
      volumes = await this.market.volumesOf([spec]);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return this.wait(snapshot, 'catalogue', CATALOGUE_WAIT_SECONDS, error.message);
    }
    if (spec.templateId && !template) {
      return this.fail(snapshot, 'TEMPLATE_NOT_FOUND', `Novita has no template ${spec.templateId}.`);
    }
    const missing = spec.volumes.find(({ id }) => !volumes.some(({ volumeId }) => volumeId === id));
    if (missing) return this.fail(snapshot, 'VOLUME_NOT_FOUND', `Novita has no volume ${missing.id}.`);
    const refused = refusedOffers(attempts, progress.placement.round);
    const placement = await findOffer(this.memory, this.clock, spec, offers, { refused, volumes });
    if (placement.kind !== 'offer')
      return this.write(snapshot, this.withoutOffer(snapshot, placement, handed !== null));
    const number = nextNumber(snapshot);
    const tag = this.tagger.write({ instanceId: instance.id, attempt: number });
    const order = orderMachine(spec, template, placement.offer, tag);
    if (!order) {
      return this.fail(snapshot, 'REQUEST_REJECTED', 'The request names neither an image nor a template that has one.');
    }
    const { available, nextInMs } = await this.novita.budget('create');
    if (available < 1) return this.waitForTurn(snapshot, nextInMs);
    if (signal.aborted) return { pauseSeconds: 1 };
    if (!(await this.mayTry(guard))) return 'again';
    const startedMs = this.clock.monotonicMs();
    if (isDecisionOld(startedMs, decidedMs)) return 'again';
    const now = this.clock.now();
    const attempt = intendedAttempt(snapshot, { number, tag, offer: placement.offer }, this.policy, now);
    try {
      if (!(await writeChange(this.store, snapshot, RECONCILER, createIntended(snapshot, attempt, now))))
        return 'again';
    } catch (error) {
      if (!(error instanceof DomainError && error.code === 'QUOTA_EXCEEDED')) throw error;
      return this.write(snapshot, limitReached(snapshot, error.message, addSeconds(now, QUOTA_WAIT_SECONDS), now));
    }
    const answer = await this.send(order, startedMs, snapshot);
    const record = (newest: Snapshot) => createAnswered(newest, number, order, answer, this.policy, this.clock.now());
    await recordOutcome(this.store, snapshot, RECONCILER, record, {
      orphan: (newest) => ofOrphan(newest, record(newest)),
    });
    await this.pauseOrResume(answer);
    return 'again';
  }

  /** @param wasHanded one offer was asked about, which says nothing of the others */
  private withoutOffer(snapshot: Snapshot, placement: NoOffer, wasHanded: boolean): InstanceChange {
    const { instance, base } = snapshot;
    const { spec } = instance;
    const now = this.clock.now();
    const reasons = sayAllReasons(spec, placement);
    if (placement.kind === 'no-such-offer' && !wasHanded) {
      const code = isAbovePlan(spec, placement) ? 'PRICE_ABOVE_PLAN' : 'NO_OFFER';
      return failed({ code, message: `Nothing fits: ${reasons}.`, machine: 'release' }, now);
    }
    // the machine that Novita takes back goes on meanwhile: to wait costs nothing
    const mayWait = spec.capacityWait?.forMinutes !== 0 || base?.instance.replacement?.reason === 'reclaim';
    if (mayWait) return noCapacity(snapshot, reasons, this.random(), now);
    const message = `Nothing is free, and the request does not wait (capacityWait): ${reasons}.`;
    return failed({ code: 'NO_CAPACITY', message, machine: 'release' }, now);
  }

  private async send(order: MachineOrder, committedMs: number, snapshot: Snapshot): Promise<CreateAnswer> {
    if (isTooLateToSend(this.clock.monotonicMs(), committedMs)) return { kind: 'not-sent', why: SLEPT };
    return toldOutcome(await this.novita.createMachine(order), secretsOf(snapshot).plus(secretValuesIn(order)));
  }

  /** A turn that comes in a moment is no news; a longer wait is told, once. */
  private waitForTurn(snapshot: Snapshot, nextInMs: number): Promise<Taken> | Taken {
    const { waitingFor, detail } = snapshot.instance.progress.placement;
    const seconds = nextInMs / 1000 + this.random();
    const isTold = waitingFor === 'rate-limit' && detail === NO_TURN;
    return nextInMs < SOON_MS || isTold
      ? { pauseSeconds: seconds }
      : this.wait(snapshot, 'rate-limit', seconds, NO_TURN);
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

  /** What would refuse every create pauses them all; the first that Novita judges by itself ends the pause. */
  private async pauseOrResume(answer: CreateAnswer): Promise<void> {
    if (answer.kind !== 'accepted' && answer.kind !== 'rejected') return;
    const verdict = answer.kind === 'rejected' ? judgeRejection(answer.rejection) : null;
    const now = this.clock.now();
    await this.guards.changeGuard((guard) => pausedByAnswer(guard, verdict, now));
  }

  private wait(snapshot: Snapshot, waitingFor: WaitReason, seconds: number, detail: string): Promise<Taken> {
    const now = this.clock.now();
    return this.write(snapshot, placementWaits(snapshot, { waitingFor, detail, until: addSeconds(now, seconds) }, now));
  }

  private fail(snapshot: Snapshot, code: FailureCode, message: string): Promise<Taken> {
    return this.write(snapshot, failed({ code, message, machine: 'release' }, this.clock.now()));
  }

  private async write(snapshot: Snapshot, change: InstanceChange): Promise<Taken> {
    await writeChange(this.store, snapshot, RECONCILER, change);
    return 'again';
  }
}

type NoOffer = Exclude<Placement, { kind: 'offer' }>;

/** An offer that the catalogue showed as free a moment ago, and that fitted then. */
const asFree = (offer: OfferTaken): Offer => ({
  ...offer,
  available: true,
  stock: 'unknown',
  minRootfsGb: null,
  maxRootfsGb: null,
});

/** After a round without an offer an older answer is of no use, and a planned price is one of a moment ago. */
const isToBeFresh = ({ instance: { spec, progress } }: Snapshot): boolean =>
  progress.placement.round > 1 || spec.plannedPricePerHour !== null;

/** Only a lack of capacity rules an offer out: after a wait for balance or a rate limit the same one may well be right. */
const refusedOffers = (attempts: readonly Attempt[], currentRound: number): OfferTaken[] =>
  attempts
    .filter(({ round, state, reason }) => round === currentRound && state === 'REJECTED' && isCapacityReason(reason))
    .map(({ offer }) => offer);

/** The create was for a machine that is not wanted any more. An instance that has its machine does not wait or fail by it. */
const ofOrphan = ({ instance }: Snapshot, change: InstanceChange | null): InstanceChange | null => {
  if (!change || instance.machineId === null) return change;
  const { progress: _progress, events = [], ...rest } = change;
  return { ...rest, events: events.filter(({ type }) => type !== 'instance.failed'), nudge: true };
};

/** What a template adds to the request is as secret as what the caller wrote into it. */
const secretValuesIn = ({ envs, registryAuthId }: MachineOrder): string[] =>
  [...envs.map(({ key, value }) => (key === TAG_ENV ? null : value)), registryAuthId].filter((value) => value !== null);
