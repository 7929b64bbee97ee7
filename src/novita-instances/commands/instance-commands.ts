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
import { applyCommand, newInstance, type CommandResult as Applied, type Verb } from '../domain/commands.js';
import { applyUpdate, type SpecWanted } from '../domain/apply-update.js';
import { newReplacement } from '../domain/replacement.js';
import { shownField, specFieldsChanged } from '../domain/spec-update.js';
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
   * Start, stop, restart, replace and delete.
   * @param check sees the snapshot that the command is put on, and throws what is to be refused
   */
  ask(
    idOrName: string,
    action: Verb,
    context: CommandContext,
    check: (snapshot: Snapshot) => void = () => undefined,
  ): Promise<CommandResult> {
    return this.carryOut(idOrName, action, context, (snapshot) => {
      check(snapshot);
      const result = applyCommand(snapshot, action, this.clock.now());
      if (result.kind !== 'changed') return { result };
      const { instance } = result;
      const event = { type: `instance.${action}_requested`, data: { generation: instance.generation } } as const;
      return { result, event, ...(BUYS.has(action) && { pricePerHour: pricePerHour({ ...snapshot, instance }) }) };
    });
  }

  /**
   * Changes what is asked for.
   * @param wanted sees the snapshot that is changed, and throws what is to be refused
   */
  update(
    idOrName: string,
    wanted: (snapshot: Snapshot) => SpecWanted | Promise<SpecWanted>,
    context: CommandContext,
  ): Promise<CommandResult> {
    return this.carryOut(idOrName, 'update', context, async (snapshot) => {
      const asked = await wanted(snapshot);
      const now = this.clock.now();
      const result = applyUpdate(snapshot, asked, now);
      if (result.kind !== 'changed') return { result };
      const { instance } = result;
      const { update, generation } = instance;
      const isOfMachine = update !== null && update.generation === generation;
      const fields = specFieldsChanged(snapshot.instance.spec, instance.spec).map(shownField).sort();
      const strategy = isOfMachine ? update.strategy : null;
      const event: EventDraft = { type: 'instance.update_requested', data: { generation, fields, strategy } };
      if (strategy !== 'replace' || instance.desired !== 'running' || instance.machineId === null) {
        return { result, event };
      }
      const replacing = { ...instance, replacement: newReplacement('update', snapshot, now) };
      return { result, event, pricePerHour: pricePerHour({ ...snapshot, instance: replacing }) };
    });
  }

  private async carryOut(
    idOrName: string,
    action: Action,
    { cause, within, claim }: CommandContext,
    apply: (snapshot: Snapshot) => Decision | Promise<Decision>,
  ): Promise<CommandResult> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      // before the key: what the first of two equal requests has changed must not be judged as if it had been so before both
      const snapshot = await this.store.find(idOrName, within);
      const replay = claim && (await this.store.findByKey(claim));
      if (replay) return resultOf(replay);
      if (!snapshot) throw new DomainError('INSTANCE_NOT_FOUND', `There is no instance "${idOrName}".`);
      const { result, event, pricePerHour: price } = await apply(snapshot);
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
            events: event ? [event] : [],
            ...cause,
            claim,
            nudge: true,
            ...(price !== undefined && { pricePerHour: price }),
          });
          if (committed) return { kind: 'changed', snapshot: (await this.store.find(instance.id, within)) ?? snapshot };
        }
      }
    }
    throw new DomainError('CONCURRENT_CHANGE', `Instance "${idOrName}" kept changing.`);
  }
}

/** What a command makes of a snapshot. `pricePerHour`: what the instance may cost after it, when it buys. */
interface Decision {
  result: Applied;
  event?: EventDraft;
  pricePerHour?: PriceUnits;
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
