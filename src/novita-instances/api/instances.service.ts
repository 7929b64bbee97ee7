import { Inject, Injectable } from '@nestjs/common';
import { Catalogue } from '../../catalogue/catalogue.js';
import { DomainError } from '../../errors/domain-error.js';
import { eventView } from '../../events/event.view.js';
import type { EventDraft } from '../../events/event-catalogue.js';
import { countField, Cursor, textField } from '../../http/cursor.js';
import { assertIfMatch } from '../../http/etag.js';
import { CLOCK, type Clock } from '../../time/clock.js';
import { Ids } from '../../time/ids.js';
import { INSTANCE_ID, type Facts } from '../domain/instance.js';
import type { Action } from '../domain/instance-phase.js';
import { POLICY, type Policy } from '../domain/policy.js';
import { newInstance, wish } from '../domain/wishes.js';
import { IdempotencyClaim, INSTANCE_STORE, type CreateResult, type InstanceStore } from '../store/instance-store.js';
import { OperatorWord } from '../workflow/operator-word.js';
import { checkWithCatalogue } from './catalogue-check.js';
import type { CreateInstanceDto } from './dto/create-instance.dto.js';
import type { InstanceEventListDto, InstanceListDto } from './dto/instance.dto.js';
import type { ListInstancesQuery } from './dto/list-instances.dto.js';
import type { PageQuery } from '../../http/page-query.dto.js';
import { instanceView } from './instance.view.js';
import { assertConsistent, specFromDto } from './instance-spec.from-dto.js';
import { IdempotencyKey } from '../../http/idempotency.js';
import { fingerprintOf } from '../../http/idempotency.js';

/** There are no API keys yet: whoever reaches the API is one and the same caller. */
const CALLER = 'anonymous';
const MAX_TRIES = 8;
const DEFAULT_LIMIT = 20;
/** Newest first. */
const INSTANCES_CURSOR = new Cursor<{ id: string }>({ id: textField(INSTANCE_ID) });
/** Oldest first. */
const EVENTS_CURSOR = new Cursor<{ seq: number }>({ seq: countField });

/** Writes down what callers want, and shows what is. Never talks to Novita about an instance: the reconciler does. */
@Injectable()
export class InstancesService {
  constructor(
    @Inject(INSTANCE_STORE) private readonly store: InstanceStore,
    private readonly catalogue: Catalogue,
    private readonly ids: Ids,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(POLICY) private readonly policy: Policy,
    @Inject(OperatorWord) private readonly word: OperatorWord,
  ) {}

  async create(body: CreateInstanceDto, { idempotencyKey, requestId }: Request): Promise<Answered> {
    const spec = specFromDto(body);
    // releases before compare what they made of the body
    const claim = claimOf(idempotencyKey, fingerprintOf({ name: body.name, spec }));
    // before anything else is asked: a repetition is answered whatever Novita sells, and whatever the settings say, by now
    const replay = claim && (await this.store.findByKey(claim));
    if (replay) return outcomeOf(replay, body.name);
    assertConsistent(body, this.policy);
    await checkWithCatalogue(this.catalogue, body, spec);
    const instance = newInstance(`ins_${this.ids.ulid()}`, body.name, spec, this.clock.now());
    const events: EventDraft[] = [{ type: 'instance.created', data: { name: body.name, generation: 1 } }];
    const result = await this.store.create(instance, events, claim, { actor: 'caller', requestId });
    return outcomeOf(result, body.name);
  }

  async get(idOrName: string): Promise<Facts> {
    const facts = await this.store.find(idOrName);
    if (!facts) throw notFound(idOrName);
    return facts;
  }

  async list(query: ListInstancesQuery): Promise<InstanceListDto> {
    const { limit = DEFAULT_LIMIT, cursor, status, region, name, label } = query;
    const before = cursor === undefined ? null : INSTANCES_CURSOR.decode(cursor);
    const labels = label && labelsOf(label);
    // an instance has one value for a key
    if (labels === 'contradictory') return { data: [], nextCursor: null };
    const { facts: page, hasMore } = await this.store.list({
      limit,
      ...(status && { status }),
      ...(region !== undefined && { region }),
      ...(name !== undefined && { name }),
      ...(labels && { labels }),
      ...(before && { beforeId: before.id }),
    });
    const last = page.at(-1);
    return {
      data: page.map((facts) => instanceView(facts, { secrets: false })),
      nextCursor: hasMore && last ? INSTANCES_CURSOR.encode({ id: last.instance.id }) : null,
    };
  }

  async events(idOrName: string, { limit = DEFAULT_LIMIT, cursor }: PageQuery): Promise<InstanceEventListDto> {
    const { instance } = await this.get(idOrName);
    const after = cursor === undefined ? 0 : EVENTS_CURSOR.decode(cursor).seq;
    const found = await this.store.events(instance.id, after, limit + 1);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      data: page.map(eventView),
      nextCursor: found.length > limit && last ? EVENTS_CURSOR.encode({ seq: last.seq }) : null,
    };
  }

  /** Sets what is wanted. Repeating it is harmless; what the instance cannot do now is refused, with what it can. */
  async ask(
    idOrName: string,
    action: Action,
    { idempotencyKey, ifMatch, requestId }: Request & { ifMatch: string | undefined },
  ): Promise<Answered> {
    const claim = claimOf(idempotencyKey);
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      // before the key: then what the first of two equal requests has changed is never judged as if it had been so before
      const facts = await this.store.find(idOrName);
      const replay = claim && (await this.store.findByKey(claim));
      if (replay) return outcomeOf(replay);
      if (!facts) throw notFound(idOrName);
      assertIfMatch(ifMatch, facts.instance.lastEventSeq);
      const wished = wish(facts, action, this.clock.now());
      if (wished.kind === 'unchanged') {
        if (claim) await this.store.remember(claim, facts.instance.id);
        return { facts, replayed: false };
      }
      if (wished.kind === 'refused') {
        throw new DomainError('ACTION_NOT_ALLOWED', `Instance "${facts.instance.name}" cannot ${action} now.`, {
          allowedActions: wished.allowed,
          instanceId: facts.instance.id,
        });
      }
      const { instance, condemned } = wished;
      const committed = await this.store.commit({
        before: facts.instance,
        after: instance,
        condemned,
        events: [{ type: `instance.${action}_requested`, data: { generation: instance.generation } }],
        actor: 'caller',
        requestId,
        claim,
        nudge: true,
      });
      if (committed) return { facts: await this.get(facts.instance.id), replayed: false };
    }
    throw new DomainError('CONCURRENT_CHANGE', `Instance "${idOrName}" kept changing.`);
  }

  /** A person has looked: this create made no machine. */
  async declareAbsent(
    idOrName: string,
    number: number,
    ifMatch: string | undefined,
    requestId: string,
  ): Promise<Facts> {
    const { instance } = await this.get(idOrName);
    const check = (newest: Facts): void => {
      assertIfMatch(ifMatch, newest.instance.lastEventSeq);
    };
    return this.word.absent(instance.id, number, check, requestId);
  }
}

/** What the headers of a request say. */
interface Request {
  idempotencyKey: IdempotencyKey | null;
  requestId: string;
}

interface Answered {
  facts: Facts;
  /** The request had been carried out before: nothing was changed by it. */
  replayed: boolean;
}

const notFound = (idOrName: string): DomainError =>
  new DomainError('INSTANCE_NOT_FOUND', `There is no instance "${idOrName}".`);

const claimOf = (given: IdempotencyKey | null, earlierFingerprint?: string): IdempotencyClaim | null =>
  given && { ...given, caller: CALLER, ...(earlierFingerprint !== undefined && { earlierFingerprint }) };

const outcomeOf = (result: CreateResult, name = ''): Answered => {
  switch (result.kind) {
    case 'created':
    case 'replayed':
      return { facts: result.facts, replayed: result.kind === 'replayed' };
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

/** What all has to be there. */
const labelsOf = (pairs: string[]): Record<string, string> | 'contradictory' => {
  const labels = new Map<string, string>();
  for (const [key, value] of pairs.map((pair) => splitOnce(pair, '='))) {
    if ((labels.get(key) ?? value) !== value) return 'contradictory';
    labels.set(key, value);
  }
  return Object.fromEntries(labels);
};

const splitOnce = (text: string, separator: string): [string, string] => {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + separator.length)];
};
