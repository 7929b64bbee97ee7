import { addSeconds, type Clock } from '../../time/clock.js';
import type { ActionOutcome, NovitaClient } from '../../novita-api/novita-client.js';
import type { Facts, Machine, SentAction } from '../domain/instance.js';
import type { Policy } from '../domain/policy.js';
import type { Tagger } from '../domain/tag.js';
import type { InstanceStore } from '../store/instance-store.js';
import { amend, commitTo } from './amend.js';
import { RECONCILER, type Taken } from './ports.js';

const RELEASE_RETRY_SECONDS = 5;
const ACTION_RETRY_SECONDS = 2;
const ACTION_RETRY_MAX_SECONDS = 60;

/**
 * Starts, stops, restarts and gives back a machine that we know by id. All but restart set a level, so sending them again is
 * harmless; what they did is only ever learnt from a later look.
 */
export class SteerMachine {
  constructor(
    private readonly store: InstanceStore,
    private readonly novita: NovitaClient,
    private readonly tagger: Tagger,
    private readonly clock: Clock,
    private readonly policy: Policy,
  ) {}

  async act(facts: Facts, verb: SentAction['verb'], { machineId }: Machine): Promise<Taken> {
    const { available, nextInMs } = this.novita.budget(verb === 'stop' ? 'release' : 'create');
    if (available < 1) return { pauseSeconds: nextInMs / 1000 };
    const action = this.nextAction(facts, verb);
    // committed first: whoever comes after a death here knows that it may have been sent
    if (!(await commitTo(this.store, facts, RECONCILER, { progress: { action } }))) return 'again';
    const outcome = await this.send(verb, machineId);
    if (outcome.kind === 'not-found') await this.store.recordMissing(machineId, action.sentAt);
    await amend(this.store, facts.instance.id, RECONCILER, ({ instance }) => {
      const current = instance.progress.action;
      if (current?.verb !== verb || current.generation !== action.generation) return null;
      return {
        progress: { action: this.afterOutcome(action, outcome) },
        events: [
          { type: `machine.${verb}_${outcome.kind.replace('-', '_')}`, data: { machineId, ...reasonOf(outcome) } },
        ],
      };
    });
    return 'again';
  }

  private nextAction({ instance }: Facts, verb: SentAction['verb']): SentAction {
    const generation = verb === 'restart' ? instance.restartGeneration : instance.generation;
    const last = instance.progress.action;
    const repeated = last?.verb === verb && last.generation === generation;
    const now = this.clock.now();
    return {
      verb,
      generation,
      sentAt: now,
      acknowledged: false,
      tries: repeated ? last.tries + 1 : 1,
      notBefore: addSeconds(now, this.policy.requestTimeoutSeconds),
      refusal: null,
    };
  }

  private afterOutcome(action: SentAction, outcome: ActionOutcome): SentAction {
    if (outcome.kind === 'acknowledged') return { ...action, acknowledged: true };
    const backoff = Math.min(ACTION_RETRY_SECONDS * 2 ** Math.min(action.tries, 10), ACTION_RETRY_MAX_SECONDS);
    const retryAfter = outcome.kind === 'rejected' ? (outcome.rejection.retryAfterSeconds ?? 0) : 0;
    return {
      ...action,
      notBefore: addSeconds(this.clock.now(), Math.max(backoff, retryAfter)),
      refusal: outcome.kind === 'rejected' ? `${outcome.rejection.reason}: ${outcome.rejection.message}` : outcome.kind,
    };
  }

  private send(verb: SentAction['verb'], machineId: string): Promise<ActionOutcome> {
    switch (verb) {
      case 'start':
        return this.novita.startMachine(machineId);
      case 'stop':
        return this.novita.stopMachine(machineId);
      case 'restart':
        return this.novita.restartMachine(machineId);
    }
  }

  /** A surplus machine is looked at once more before it is given back: only a machine that still carries our tag may be. */
  async release({ instance }: Facts, { machineId }: Machine, surplus: boolean): Promise<Taken> {
    if (surplus && !(await this.isStillOurs(instance.id, machineId))) return { pauseSeconds: RELEASE_RETRY_SECONDS };
    const sentAt = this.clock.now();
    const outcome = await this.novita.deleteMachine(machineId);
    if (outcome.kind === 'not-found') await this.store.recordMissing(machineId, sentAt);
    if (outcome.kind === 'acknowledged') await this.store.recordReleaseAcknowledged(machineId, this.clock.now());
    await amend(this.store, instance.id, RECONCILER, () => ({
      events: [
        {
          type: `machine.delete_${outcome.kind.replace('-', '_')}`,
          data: { machineId, surplus, ...reasonOf(outcome) },
        },
      ],
    }));
    return outcome.kind === 'acknowledged' ? 'again' : { pauseSeconds: RELEASE_RETRY_SECONDS };
  }

  private async isStillOurs(instanceId: string, machineId: string): Promise<boolean> {
    const lookedAt = this.clock.now();
    const look = await this.novita.lookAtMachine(machineId);
    if (look.kind === 'missing') {
      await this.store.recordMissing(machineId, lookedAt);
      return false;
    }
    const tag =
      this.tagger.read(look.machine.name) ?? (look.machine.envTag ? this.tagger.read(look.machine.envTag) : null);
    return tag?.instanceId === instanceId;
  }
}

const reasonOf = (outcome: ActionOutcome): Record<string, unknown> => {
  if (outcome.kind === 'rejected') return { reason: outcome.rejection.reason, message: outcome.rejection.message };
  if (outcome.kind === 'ambiguous' || outcome.kind === 'not-sent') return { why: outcome.why };
  return {};
};
