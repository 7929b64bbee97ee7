import type { Market } from '../../placement/market.js';
import { DomainError } from '../../errors/domain-error.js';
import type { Machine } from '../../machines/domain/machine.js';
import type { MachineStore } from '../../machines/store/machine-store.js';
import type { ActionOutcome, NovitaClient } from '../../novita-api/novita-client.js';
import { addSeconds, type Clock } from '../../time/clock.js';
import { offerOf, type Snapshot } from '../domain/instance.js';
import type { Offer } from '../../placement/offer.js';
import type { Policy } from '../domain/policy.js';
import { sayTooDear } from '../../placement/placement-words.js';
import { capOf, whyTooDearToStart } from '../../placement/price-cap.js';
import type { SentAction } from '../domain/progress.js';
import type { InstanceStore } from '../store/instance-store.js';
import {
  actionAnswered,
  actionIntended,
  actionSent,
  actionWaitsForTurn,
  lastAction,
  startWaitsForPrice,
} from '../transitions/action-transitions.js';
import { NO_TURN, RECONCILER, type Taken } from '../workflow/ports.js';
import { recordOutcome, writeChange } from '../workflow/write-change.js';
import { isDecisionOld, isTooLateToSend, SLEPT } from './fences.js';
import { secretsOf, toldOutcome } from './told-outcome.js';

type Verb = SentAction['verb'];

/**
 * Starts, stops, restarts and migrates a machine. Start and stop set a level, so sending them again is harmless; what they did is only ever
 * learnt from a later observation. Every refusal is followed by a longer wait, and told once.
 */
export class ActOnMachine {
  constructor(
    private readonly store: InstanceStore,
    private readonly machines: MachineStore,
    private readonly novita: NovitaClient,
    private readonly market: Market,
    private readonly clock: Clock,
    private readonly policy: Policy,
  ) {}

  /** @param decidedMs see fences.ts */
  async act(snapshot: Snapshot, verb: Verb, machine: Machine, decidedMs: number): Promise<Taken> {
    const { clock, policy, store } = this;
    const tooDear = verb === 'start' || verb === 'migrate' ? await this.whyTooDear(snapshot, machine) : null;
    if (tooDear) {
      await writeChange(
        store,
        snapshot,
        RECONCILER,
        startWaitsForPrice(snapshot, machine, tooDear, policy, clock.now()),
      );
      return 'again';
    }
    const { available, nextInMs } = await this.novita.budget(verb === 'stop' ? 'release' : 'create');
    if (available < 1) return this.waitForTurn(snapshot, verb, machine, nextInMs);
    const before = lastAction(snapshot, verb);
    const action = actionIntended(snapshot, verb, machine, policy, clock.now());
    const committedMs = clock.monotonicMs();
    if (isDecisionOld(committedMs, decidedMs)) return 'again';
    // committed first: the pass after a death here knows that it may have been sent
    if (!(await writeChange(store, snapshot, RECONCILER, actionSent(snapshot, action, machine)))) return 'again';
    const { machineId } = machine;
    const answer = toldOutcome(await this.send(verb, machineId, committedMs), secretsOf(snapshot));
    if (answer.kind === 'not-found') await this.machines.recordMissing(machineId, action.sentAt);
    await recordOutcome(store, snapshot, RECONCILER, (newest) =>
      actionAnswered(newest, action, before, machineId, answer, clock.now()),
    );
    return 'again';
  }

  private async waitForTurn(snapshot: Snapshot, verb: Verb, machine: Machine, nextInMs: number): Promise<Taken> {
    const now = this.clock.now();
    const wait = { why: NO_TURN, until: addSeconds(now, nextInMs / 1000) };
    const change = actionWaitsForTurn(snapshot, verb, machine, wait, this.policy, now);
    if (change) await writeChange(this.store, snapshot, RECONCILER, change);
    return { pauseSeconds: nextInMs / 1000 };
  }

  private async whyTooDear(snapshot: Snapshot, machine: Machine): Promise<string | null> {
    if (capOf(snapshot.instance.spec) === null) return null;
    const offers = await this.market.currentOffers(false).catch(offersUnknown);
    const tooDear = whyTooDearToStart(snapshot.instance.spec, offerOf(snapshot, machine), offers);
    return tooDear && sayTooDear(tooDear);
  }

  private async send(verb: Verb, machineId: string, committedMs: number): Promise<ActionOutcome> {
    if (isTooLateToSend(this.clock.monotonicMs(), committedMs)) return { kind: 'not-sent', why: SLEPT };
    switch (verb) {
      case 'start':
        return this.novita.startMachine(machineId);
      case 'stop':
        return this.novita.stopMachine(machineId);
      case 'restart':
        return this.novita.restartMachine(machineId);
      case 'migrate':
        return this.novita.migrateMachine(machineId);
    }
  }
}

const offersUnknown = (error: unknown): Offer[] | null => {
  if (error instanceof DomainError) return null;
  throw error;
};
