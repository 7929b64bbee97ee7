import type { Rest } from '../transitions/instance-change.js';
import type { Kysely, Transaction } from 'kysely';
import { mayAskFor, writeLesson } from '../../catalogue/store/offer-memory-statements.js';
import type { Tables } from '../../database/tables.js';
import { isUniqueViolation } from '../../database/unique-violation.js';
import type { EventDraft } from '../../events/event-catalogue.js';
import { appendEvents, readEvents, type StoredEvent } from '../../events/event-log.js';
import type { Cause } from '../../vocabulary/principal.js';
import { addSeconds, type Clock } from '../../time/clock.js';
import type { Snapshot, Instance } from '../domain/instance.js';
import type { Machine } from '../../machines/domain/machine.js';
import {
  isSameRequest,
  type Birth,
  type Change,
  type CreateResult,
  type IdempotencyClaim,
  type InstancePage,
  type InstanceQuery,
  type InstanceStore,
  type Replay,
} from './instance-store.js';
import { toAttemptRow, toRequestRow, toStateRow, toUpdateRow } from './instance.row.js';
import type { Within } from '../../vocabulary/project.js';
import { toMachineRow } from '../../machines/store/machine.row.js';
import type { Sealer } from '../../secrets/sealing.js';
import * as machines from '../../machines/store/machine-statements.js';
import { pricePerHour } from '../domain/quota.js';
import type { Quotas } from './quotas.js';
import { SnapshotReader } from './read-snapshots.js';
import type { Webhook } from '../../webhooks/domain/webhook.js';
import { appendWebhookCreated, insertWebhook } from '../../webhooks/store/webhook-repository.js';
import { NudgeQueue } from '../../machines/store/nudge-queue.js';

/** A nudge that is lost with the process that sent it is made good by the timer after this. */
const LOST_NUDGE_SECONDS = 5;

/** The {@link InstanceStore} on PostgreSQL. */
export class PostgresInstanceStore implements InstanceStore {
  private readonly reader: SnapshotReader;

  constructor(
    private readonly database: Kysely<Tables>,
    private readonly sealer: Sealer,
    private readonly queue: NudgeQueue,
    private readonly clock: Clock,
    private readonly quotas: Quotas,
  ) {
    this.reader = new SnapshotReader(database, sealer);
  }

  async create(
    instance: Instance,
    events: EventDraft[],
    claim: IdempotencyClaim | null,
    cause: Cause,
    birth?: Birth,
    webhook?: Webhook,
  ): Promise<CreateResult> {
    // asked outside the transaction: one that waits for a second connection can starve the pool
    const earlier = claim && (await this.findByKey(claim));
    if (earlier) return earlier;
    try {
      return await this.database.transaction().execute(async (transaction) => {
        if (!birth)
          await this.quotas.check(transaction, instance, {
            instances: 1,
            pricePerHour: pricePerHour(unborn(instance)),
          });
        const { id, projectId, createdAt } = instance;
        const row = { ...toRequestRow(instance, this.sealer), ...toStateRow(instance), last_event_seq: events.length };
        await transaction
          .insertInto('instances')
          .values({
            id,
            project_id: projectId,
            ...row,
            watch_closely: true,
            region_id: null,
            wake_at: this.soon(),
            created_at: createdAt,
          })
          .execute();
        if (claim)
          await transaction
            .insertInto('idempotency_keys')
            .values(toClaimRow(claim, instance.id, instance.createdAt))
            .execute();
        for (const attempt of birth?.attempts ?? []) await upsertAttempt(transaction, instance.id, attempt);
        for (const machine of birth?.machines ?? []) await this.insertMachine(transaction, instance.id, machine);
        if (webhook) await insertWebhook(transaction, webhook);
        await this.queue.enqueue(instance.id, transaction);
        const target = { subject: subjectOf(instance), lastSeq: 0, ...cause, at: this.clock.now() };
        await appendEvents(transaction, target, events);
        if (webhook) await appendWebhookCreated(transaction, webhook, cause);
        const snapshot = { ...unborn({ ...instance, lastEventSeq: events.length }), ...birth };
        return { kind: 'created', snapshot } as const;
      });
    } catch (error) {
      if (isUniqueViolation(error, 'instances_live_name')) {
        // the same request may have won in another transaction: then this is its repetition, and not a clash of names
        const winner = claim && (await this.findByKey(claim));
        return winner ?? { kind: 'name-taken' };
      }
      // two who make an instance around machines of one lost instance at the same moment
      if (isUniqueViolation(error, 'instances_pkey')) return { kind: 'id-taken' };
      if (claim && isUniqueViolation(error, 'idempotency_keys_pkey')) {
        const winner = await this.findByKey(claim);
        if (winner) return winner;
      }
      throw error;
    }
  }

  async findByKey(claim: IdempotencyClaim): Promise<Replay | null> {
    const row = await this.database
      .selectFrom('idempotency_keys')
      .select(['fingerprint', 'request_fingerprint as requestFingerprint', 'instance_id'])
      .where('caller', '=', claim.caller)
      .where('key', '=', claim.key)
      .executeTakeFirst();
    if (!row) return null;
    if (!isSameRequest(row, claim)) return { kind: 'key-reused' };
    const snapshot = await this.load(row.instance_id);
    return snapshot && { kind: 'replayed', snapshot };
  }

  async remember(claim: IdempotencyClaim, instanceId: string): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await this.database
      .insertInto('idempotency_keys')
      .values(toClaimRow(claim, instanceId, this.clock.now()))
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    return numInsertedOrUpdatedRows === 1n;
  }

  load(instanceId: string): Promise<Snapshot | null> {
    return this.reader.byId(instanceId);
  }

  loadAll(instanceIds: string[]): Promise<Snapshot[]> {
    return this.reader.byIds(instanceIds);
  }

  find(idOrName: string, within: Within): Promise<Snapshot | null> {
    return this.reader.byIdOrName(idOrName, within);
  }

  list(query: InstanceQuery): Promise<InstancePage> {
    return this.reader.list(query);
  }

  events(instanceId: string, afterSeq: number, limit: number): Promise<StoredEvent[]> {
    return readEvents(this.database, { subject: subjectOf({ id: instanceId }), afterSeq, limit });
  }

  async commit(change: Change): Promise<boolean> {
    // one row needs no transaction of its own, and this is what most commits are
    if (touchesOnlyItsRow(change)) return this.updateInstance(this.database, change);
    try {
      return await this.database.transaction().execute((transaction) => this.commitIn(transaction, change));
    } catch (error) {
      // the same request was carried out by another process meanwhile
      if (change.claim && isUniqueViolation(error, 'idempotency_keys_pkey')) return false;
      if (error instanceof OutOfStock) return false;
      throw error;
    }
  }

  private async commitIn(transaction: Transaction<Tables>, change: Change): Promise<boolean> {
    if (change.pricePerHour !== undefined) {
      await this.quotas.check(transaction, change.after, { instances: 0, pricePerHour: change.pricePerHour });
    }
    if (!(await this.updateInstance(transaction, change))) return false;
    const { before, after, attempts, machines: found, gone, condemned, events, nudge } = change;
    const { actor, requestId = null, claim } = change;
    const now = this.clock.now();
    if (change.asksFor && !(await mayAskFor(transaction, change.asksFor, now))) throw new OutOfStock();
    if (change.learned) await writeLesson(transaction, change.learned, now);
    if (claim)
      await transaction
        .insertInto('idempotency_keys')
        .values(toClaimRow(claim, after.id, now))
        .execute();
    for (const attempt of attempts ?? []) await upsertAttempt(transaction, after.id, attempt);
    for (const machine of found ?? []) await this.insertMachine(transaction, after.id, machine);
    if (condemned?.length) await machines.condemn(transaction, condemned, now);
    if (gone?.length) {
      await transaction.updateTable('machines').set({ gone_at: now }).where('machine_id', 'in', gone).execute();
    }
    if (nudge) await this.queue.enqueue(after.id, transaction);
    const target = { subject: subjectOf(after), lastSeq: before.lastEventSeq, actor, requestId, at: now };
    await appendEvents(transaction, target, events ?? []);
    return true;
  }

  private async updateInstance(database: Kysely<Tables>, change: Change): Promise<boolean> {
    const { before, after, attempts, events, nudge, rest } = change;
    const accepted = attempts?.find(({ state }) => state === 'ACCEPTED');
    const { numUpdatedRows } = await database
      .updateTable('instances')
      .set({
        ...((after.name !== before.name || after.spec !== before.spec) && toRequestRow(after, this.sealer)),
        ...(after.update !== before.update && toUpdateRow(after, this.sealer)),
        ...toStateRow(after),
        version: before.version + 1,
        last_event_seq: before.lastEventSeq + (events?.length ?? 0),
        updated_at: this.clock.now(),
        ...(accepted && { region_id: accepted.offer.regionId }),
        ...(rest && toRestRow(rest)),
        ...(nudge && { wake_at: this.soon() }),
      })
      .where('id', '=', before.id)
      .where('version', '=', before.version)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  private async insertMachine(transaction: Transaction<Tables>, instanceId: string, machine: Machine): Promise<void> {
    await transaction
      .insertInto('machines')
      .values(toMachineRow(instanceId, machine, this.sealer))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  async rest({ id, version }: Pick<Instance, 'id' | 'version'>, rest: Rest): Promise<void> {
    await this.database
      .updateTable('instances')
      .set(toRestRow(rest))
      .where('id', '=', id)
      .where('version', '=', version)
      .execute();
  }

  async claimDue(now: Date, again: Date, limit: number): Promise<string[]> {
    const due = await this.database
      // materialized: as a plain subquery it may be asked again for each row, and then its limit limits nothing
      .with(
        (cte) => cte('due').materialized(),
        (database) =>
          database
            .selectFrom('instances')
            .select('id')
            .where('wake_at', '<=', now)
            .orderBy('wake_at')
            .limit(limit)
            .forUpdate()
            .skipLocked(),
      )
      .updateTable('instances')
      .set({ wake_at: again })
      .where('id', 'in', (query) => query.selectFrom('due').select('id'))
      .returning('id')
      .execute();
    return due.map(({ id }) => id);
  }

  async nudge(instanceIds: string[]): Promise<void> {
    const ids = [...new Set(instanceIds)].sort();
    await this.database.transaction().execute((transaction) => this.queue.enqueueAll(ids, transaction));
  }

  private soon(): Date {
    return addSeconds(this.clock.now(), LOST_NUDGE_SECONDS);
  }
}

/** Another replica has learned meanwhile that the offer is out of stock: the transaction is undone. */
class OutOfStock extends Error {}

/** An instance of which there is nothing yet. */
const unborn = (instance: Instance): Snapshot => ({ instance, attempts: [], machines: [] });

const subjectOf = ({ id }: { id: string }) => ({ kind: 'instance', id }) as const;

const toRestRow = ({ wakeAt, watchClosely }: Rest) => ({ wake_at: wakeAt, watch_closely: watchClosely });

const touchesOnlyItsRow = (change: Change): boolean => {
  const { attempts, machines: found, gone, condemned, events, claim, nudge, asksFor, learned } = change;
  return (
    !nudge &&
    !claim &&
    !asksFor &&
    !learned &&
    [attempts, found, gone, condemned, events].every((parts) => !parts?.length)
  );
};

const upsertAttempt = async (
  transaction: Transaction<Tables>,
  instanceId: string,
  attempt: Snapshot['attempts'][number],
): Promise<void> => {
  const row = toAttemptRow(instanceId, attempt);
  const { instance_id, number, ...changes } = row;
  await transaction
    .insertInto('create_attempts')
    .values(row)
    .onConflict((conflict) => conflict.columns(['instance_id', 'number']).doUpdateSet(changes))
    .execute();
};

const toClaimRow = (
  { caller, key, fingerprint, earlierFingerprint = fingerprint }: IdempotencyClaim,
  instanceId: string,
  at: Date,
) => ({
  caller,
  key,
  fingerprint: earlierFingerprint,
  request_fingerprint: fingerprint,
  instance_id: instanceId,
  created_at: at,
});
