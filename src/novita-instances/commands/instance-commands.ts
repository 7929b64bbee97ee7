import { DomainError } from '../../errors/domain-error.js';
import type { EventDraft } from '../../events/event-catalogue.js';
import type { Cause } from '../../vocabulary/principal.js';
import { DEFAULT_PROJECT_ID, type Within } from '../../vocabulary/project.js';
import type { Clock } from '../../time/clock.js';
import type { Ids } from '../../time/ids.js';
import type { Instance, Snapshot } from '../domain/instance.js';
import type { Action } from '../domain/instance-phase.js';
import type { InstanceSpec } from '../domain/instance-spec.js';
import type { PriceUnits } from '../../money/price.js';
import { pricePerHour } from '../domain/quota.js';
import { applyCommand, newInstance } from '../domain/commands.js';
import type { Webhook } from '../../webhooks/domain/webhook.js';
import type { CreateResult, IdempotencyClaim, InstanceStore } from '../store/instance-store.js';

const MAX_TRIES = 8;
/** What makes an instance cost more. */
const BUYS: ReadonlySet<Action> = new Set(['start', 'replace']);

/** Who gives a command, what they see, and how it is told from a repetition. */
export interface CommandContext {
  cause: Cause;
  within: Within;
  /** Null: a repetition is a new command. */
  claim: IdempotencyClaim | null;
}

export interface NewInstance {
  name: string;
  spec: InstanceSpec;
  /** Left out: the project of the sender, or the default project. */
  projectId?: string;
  /** The webhook endpoint that belongs to the instance; null: there is none. */
  webhookOf?: (instance: Instance) => Webhook | null;
}

/** What is found out about a new request before it is taken. */
export interface Checked {
  /** What the machine will cost per hour, as far as is known, in 1/100000 USD. */
  expectedPricePerHour: PriceUnits | null;
  /** The price of the plan that the request names, of the whole machine and hour. Null: it names none. */
  plannedPricePerHour: PriceUnits | null;
}

const UNCHECKED: Checked = { expectedPricePerHour: null, plannedPricePerHour: null };

export interface CommandResult {
  snapshot: Snapshot;
  /** `unchanged`: it is so already. `replayed`: the same request was carried out before, and changed nothing now. */
  kind: 'changed' | 'unchanged' | 'replayed';
}

/**
 * What callers and policies ask of instances. A command writes what is wanted in one transaction, with its event, its idempotency key
 * and the nudge; it never talks to Novita. Every command may be repeated. Throws DomainError for what is refused.
 */
export class InstanceCommands {
  constructor(
    private readonly store: InstanceStore,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /**
   * @param check is run for a new request only: a repetition is answered whatever the settings say and Novita sells by now
   */
  async create(
    { name, spec, projectId, webhookOf }: NewInstance,
    { cause, within, claim }: CommandContext,
    check: () => Promise<Checked> = () => Promise.resolve(UNCHECKED),
  ): Promise<CommandResult> {
    const replay = claim && (await this.store.findByKey(claim));
    if (replay) return resultOf(replay, name);
    const { expectedPricePerHour, plannedPricePerHour } = await check();
    const owner = projectId ?? within ?? DEFAULT_PROJECT_ID;
    const capped = plannedPricePerHour === null ? spec : { ...spec, plannedPricePerHour };
    const fresh = newInstance(`ins_${this.ids.ulid()}`, name, capped, this.clock.now(), owner);
    const instance = { ...fresh, progress: { ...fresh.progress, expectedPricePerHour } };
    const events: EventDraft[] = [{ type: 'instance.created', data: { name, generation: 1 } }];
    const webhook = webhookOf?.(instance) ?? undefined;
    return resultOf(await this.store.create(instance, events, claim, cause, undefined, webhook), name);
  }

  /**
   * Start, stop, restart and delete.
   * @param check sees the snapshot that the command is put on, and throws what is to be refused
   */
  async ask(
    idOrName: string,
    action: Action,
    { cause, within, claim }: CommandContext,
    check: (snapshot: Snapshot) => void = () => undefined,
  ): Promise<CommandResult> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      // before the key: what the first of two equal requests has changed must not be judged as if it had been so before both
      const snapshot = await this.store.find(idOrName, within);
      const replay = claim && (await this.store.findByKey(claim));
      if (replay) return resultOf(replay);
      if (!snapshot) throw new DomainError('INSTANCE_NOT_FOUND', `There is no instance "${idOrName}".`);
      check(snapshot);
      const result = applyCommand(snapshot, action, this.clock.now());
      switch (result.kind) {
        case 'unchanged':
          // another request may have taken the key meanwhile
          if (claim && !(await this.store.remember(claim, snapshot.instance.id))) continue;
          return { kind: 'unchanged', snapshot };
        case 'refused':
          throw new DomainError('ACTION_NOT_ALLOWED', `Instance "${snapshot.instance.name}" cannot ${action} now.`, {
            allowedActions: result.allowed,
            instanceId: snapshot.instance.id,
          });
        case 'changed': {
          const { instance, condemned } = result;
          const committed = await this.store.commit({
            before: snapshot.instance,
            after: instance,
            condemned,
            events: [{ type: `instance.${action}_requested`, data: { generation: instance.generation } }],
            ...cause,
            claim,
            nudge: true,
            ...(BUYS.has(action) && { pricePerHour: pricePerHour({ ...snapshot, instance }) }),
          });
          if (committed) return { kind: 'changed', snapshot: (await this.store.find(instance.id, within)) ?? snapshot };
        }
      }
    }
    throw new DomainError('CONCURRENT_CHANGE', `Instance "${idOrName}" kept changing.`);
  }
}

const resultOf = (result: CreateResult, name = ''): CommandResult => {
  switch (result.kind) {
    case 'created':
      return { kind: 'changed', snapshot: result.snapshot };
    case 'replayed':
      return { kind: 'replayed', snapshot: result.snapshot };
    case 'key-reused':
      throw new DomainError('IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key came with another request before.');
    case 'id-taken':
      throw new DomainError('CONCURRENT_CHANGE', 'Another instance was given the same id at the same moment.');
    case 'name-taken':
      throw new DomainError('NAME_TAKEN', `An instance is called "${name}" already.`, {
        faults: [{ pointer: '/name', detail: 'must be unique among instances that are not deleted' }],
      });
  }
};
