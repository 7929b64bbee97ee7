import { Inject, Injectable } from '@nestjs/common';
import { Projects } from '../../access/projects.js';
import type { Within } from '../../vocabulary/project.js';
import { InstanceCommands, type CommandResult } from '../commands/instance-commands.js';
import { Catalogue } from '../../catalogue/catalogue.js';
import { DomainError } from '../../errors/domain-error.js';
import { eventView } from '../../events/event.view.js';
import { countField, Cursor, textField } from '../../http/cursor.js';
import { assertIfMatch } from '../../http/etag.js';
import { pageOf } from '../../http/page.js';
import { DEFAULT_LIMIT } from '../../http/query-fields.js';
import { INSTANCE_ID, type Instance, type Snapshot } from '../domain/instance.js';
import type { Verb } from '../domain/commands.js';
import { POLICY, type Policy } from '../domain/policy.js';
import { INSTANCE_STORE, type IdempotencyClaim, type InstanceStore } from '../store/instance-store.js';
import { InstanceWebhooks } from '../../webhooks/instance-webhooks.js';
import { specFromPatch } from './spec-from-patch.js';
import { checkWithCatalogue } from './catalogue-check.js';
import type { CreateInstanceDto } from './dto/create-instance.dto.js';
import type { InstanceEventListDto, InstanceListDto } from './dto/instance.dto.js';
import type { ListInstancesQuery } from './dto/list-instances.dto.js';
import { PlansService } from './plans.service.js';
import type { PageQuery } from '../../http/page-query.dto.js';
import { instanceView } from './instance.view.js';
import { asBefore, assertConsistent, specFromDto } from './instance-spec.from-dto.js';
import type { GivenHeaders } from '../../http/given.decorator.js';
import { fingerprintOf, type IdempotencyKey } from '../../http/idempotency.js';

/** In whose name operators, and senders without a key, use an Idempotency-Key. The word is as old as the table. */
const OPERATORS = 'anonymous';
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
    @Inject(Projects) private readonly projects: Projects,
    @Inject(InstanceCommands) private readonly commands: InstanceCommands,
    @Inject(POLICY) private readonly policy: Policy,
    @Inject(InstanceWebhooks) private readonly webhooks: InstanceWebhooks,
    private readonly plans: PlansService,
  ) {}

  async create(
    body: CreateInstanceDto,
    { idempotencyKey, cause, within }: Pick<GivenHeaders, 'idempotencyKey' | 'cause' | 'within'>,
  ): Promise<CommandResult> {
    const spec = specFromDto(body);
    // releases before compare what they made of the body
    const webhook = { url: body.webhookUrl, secret: body.webhookSecret };
    const isHooked = webhook.url !== undefined || webhook.secret !== undefined;
    const compared = { name: body.name, spec: asBefore(spec), ...(isHooked && { webhook }) };
    const claim = claimOf(idempotencyKey, within, fingerprintOf(compared));
    const { id: projectId } = await this.projects.visible(body.project, within);
    const webhookOf = (instance: Instance) => this.webhooks.endpointOf(webhook, instance);
    return this.commands.create({ name: body.name, spec, projectId, webhookOf }, { cause, within, claim }, async () => {
      assertConsistent(body, this.policy);
      this.webhooks.assertWanted(webhook);
      const plannedPricePerHour = spec.planId === null ? null : await this.plans.priceOf(spec.planId, projectId);
      const capped = { ...spec, plannedPricePerHour };
      return { plannedPricePerHour, expectedPricePerHour: await checkWithCatalogue(this.catalogue, body, capped) };
    });
  }

  async get(idOrName: string, within: Within): Promise<Snapshot> {
    const snapshot = await this.store.find(idOrName, within);
    if (!snapshot) throw notFound(idOrName);
    return snapshot;
  }

  async list(query: ListInstancesQuery, within: Within): Promise<InstanceListDto> {
    const { limit = DEFAULT_LIMIT, cursor, status, region, name, label } = query;
    const before = cursor === undefined ? null : INSTANCES_CURSOR.decode(cursor);
    const labels = label && labelsOf(label);
    // an instance has one value for a key
    if (labels === 'contradictory') return { data: [], nextCursor: null };
    const { snapshots: page, hasMore } = await this.store.list({
      within,
      limit,
      ...(status && { status }),
      ...(region !== undefined && { region }),
      ...(name !== undefined && { name }),
      ...(labels && { labels }),
      ...(before && { beforeId: before.id }),
    });
    const last = page.at(-1);
    return {
      data: page.map((snapshot) => instanceView(snapshot, { secrets: false })),
      nextCursor: hasMore && last ? INSTANCES_CURSOR.encode({ id: last.instance.id }) : null,
    };
  }

  async events(
    idOrName: string,
    within: Within,
    { limit = DEFAULT_LIMIT, cursor }: PageQuery,
  ): Promise<InstanceEventListDto> {
    const { instance } = await this.get(idOrName, within);
    const after = cursor === undefined ? 0 : EVENTS_CURSOR.decode(cursor).seq;
    const { rows, last } = pageOf(await this.store.events(instance.id, after, limit + 1), limit);
    return { data: rows.map(eventView), nextCursor: last && EVENTS_CURSOR.encode({ seq: last.seq }) };
  }

  /** Sets what is wanted. Repeating it is harmless; what the instance cannot do now is refused, with what it can. */
  ask(
    idOrName: string,
    action: Verb,
    { idempotencyKey, ifMatch, cause, within }: GivenHeaders,
  ): Promise<CommandResult> {
    const context = { cause, within, claim: claimOf(idempotencyKey, within) };
    return this.commands.ask(idOrName, action, context, ({ instance }) => {
      assertIfMatch(ifMatch, instance.lastEventSeq);
    });
  }

  /** Changes what is asked for, by a merge patch. */
  update(
    idOrName: string,
    patch: unknown,
    { idempotencyKey, ifMatch, cause, within }: GivenHeaders,
  ): Promise<CommandResult> {
    const context = { cause, within, claim: claimOf(idempotencyKey, within) };
    const wanted = (snapshot: Snapshot) => {
      assertIfMatch(ifMatch, snapshot.instance.lastEventSeq);
      return specFromPatch(snapshot, patch, this.policy);
    };
    return this.commands.update(idOrName, wanted, context);
  }
}

const notFound = (idOrName: string): DomainError =>
  new DomainError('INSTANCE_NOT_FOUND', `There is no instance "${idOrName}".`);

/** An Idempotency-Key belongs to the project of its sender. */
const claimOf = (given: IdempotencyKey | null, within: Within, earlierFingerprint?: string): IdempotencyClaim | null =>
  given && { ...given, caller: within ?? OPERATORS, ...(earlierFingerprint !== undefined && { earlierFingerprint }) };

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
