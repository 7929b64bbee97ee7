/** Webhook endpoints that belong to one instance: made with it or not at all, and gone with it when all was told. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CreateResult, IdempotencyClaim } from '../../src/novita-instances/store/instance-store.js';
import type { Instance } from '../../src/novita-instances/domain/instance.js';
import { PostgresRetentionStore } from '../../src/retention/postgres-retention-store.js';
import { addSeconds } from '../../src/time/clock.js';
import { Ids, systemRandom } from '../../src/time/ids.js';
import { deliveryOf } from '../../src/webhooks/domain/new-delivery.js';
import { InstanceWebhooks } from '../../src/webhooks/instance-webhooks.js';
import { insertWebhook } from '../../src/webhooks/store/webhook-repository.js';
import { BY_CALLER, CREATED } from '../support/store-stage.js';
import { T0 } from '../support/snapshot-builder.js';
import { answerOf, WebhookStage } from '../support/webhook-stage.js';

const SECRET = `whsec_${'A'.repeat(43)}=`;
const URL_OF_ALL = 'https://hooks.example.com/all';
const DAY = 86_400;

let world: WebhookStage;
let hooks: InstanceWebhooks;
let retention: PostgresRetentionStore;
let made = 0;
beforeAll(async () => {
  world = await WebhookStage.open();
  retention = new PostgresRetentionStore(world.stage.database);
  const clock = { now: () => world.stage.now, monotonicMs: () => 0 };
  const rules = { allowHttp: false, allowAddresses: [], secret: null };
  hooks = new InstanceWebhooks(world.sealer, new Ids(clock, systemRandom), rules);
});
afterAll(() => world.close());
beforeEach(() => {
  world.stage.now = T0;
  world.seen.length = 0;
  world.respond = () => answerOf(204);
});

const endpointOf = (instance: Instance) => {
  const webhook = hooks.endpointOf({ url: URL_OF_ALL, secret: SECRET }, instance);
  if (!webhook) throw new Error('a webhook was wanted');
  return webhook;
};
const create = (instance: Instance, claim: IdempotencyClaim | null = null): Promise<CreateResult> =>
  world.stage.store.create(instance, [CREATED], claim, BY_CALLER, undefined, endpointOf(instance));
const hooked = async (): Promise<{ id: string; webhookId: string }> => {
  const instance = world.stage.newInstance(`hooked-${++made}`);
  expect((await create(instance)).kind).toBe('created');
  return { id: instance.id, webhookId: (await endpointsOf(instance.id))[0] ?? '' };
};
const endpointsOf = async (instanceId: string): Promise<string[]> => {
  const endpoints = world.stage.database.selectFrom('webhook_endpoints').select('id');
  return (await endpoints.where('instance_id', '=', instanceId).execute()).map(({ id }) => id);
};
const emit = (id: string) => world.stage.commit(id, { events: [CREATED] });
const seqsOf = (id: string) => world.seen.filter(({ subject }) => subject === id).map(({ seq }) => seq);
const deleteInstance = (id: string) =>
  world.stage.commit(id, { instance: { desired: 'deleted', deletedAt: world.stage.now }, events: [CREATED] });
/** Retention, for everything that is older than a day. */
const retain = async (): Promise<void> => {
  const before = addSeconds(world.stage.now, -DAY);
  await retention.deleteEventsOfDeletedInstances(before, 1_000);
  await retention.deleteDeletedInstances(before, 1_000);
};

describe('the endpoint of an instance', () => {
  it('gets all events of its instance from the first on, and no others; another endpoint may have the same URL', async () => {
    const [one, two] = [await hooked(), await hooked()];
    await emit(one.id);
    await emit(two.id);
    await emit(one.id);
    const other = (await world.stage.made(`other-${++made}`)).instance.id;
    await world.settle(world.dispatcher());
    expect(seqsOf(one.id)).toEqual([1, 2, 3]);
    expect(seqsOf(two.id)).toEqual([1, 2]);
    expect(seqsOf(other)).toEqual([]);
    for (const { id, webhookId } of [one, two]) {
      expect(new Set((await world.deliveries(webhookId)).map(({ subject }) => subject))).toEqual(new Set([id]));
    }
    // what is new is told too, by a process that has told something before
    await emit(two.id);
    await world.settle(world.dispatcher());
    expect(seqsOf(two.id)).toEqual([1, 2, 3]);
  });

  it('is there with the instance or not at all: nothing is left when the last statement of the create fails', async () => {
    const instance = world.stage.newInstance(`whole-${++made}`);
    // the event that tells of an endpoint is the last thing that is written: here its number is taken
    const webhook = endpointOf(instance);
    const event = { subject_kind: 'webhook', subject_id: webhook.id, seq: 1, type: 'webhook.created', data: '{}' };
    const values = { ...event, actor: 'caller', at: T0, project_id: null, instance_id: null, request_id: null };
    await world.stage.database.insertInto('events').values(values).execute();
    const failing = world.stage.store.create(instance, [CREATED], null, BY_CALLER, undefined, webhook);
    await expect(failing).rejects.toMatchObject({ constraint: 'events_pkey' });
    expect(await world.stage.store.load(instance.id)).toBeNull();
    expect(await endpointsOf(instance.id)).toEqual([]);
    // an endpoint whose instance does not exist cannot be stored
    await expect(insertWebhook(world.stage.database, webhook)).rejects.toMatchObject({
      constraint: 'webhook_endpoints_instance_id_fkey',
    });
  });

  it('is made once by creates that race with one Idempotency-Key', async () => {
    const claim = { caller: 'somebody', key: `k-${++made}`, fingerprint: 'f' };
    const name = `raced-${made}`;
    const instances = [1, 2, 3].map(() => world.stage.newInstance(name));
    const results = await Promise.all(instances.map((instance) => create(instance, claim)));
    expect(results.map(({ kind }) => kind).sort()).toEqual(['created', 'replayed', 'replayed']);
    const endpoints = await Promise.all(instances.map(({ id }) => endpointsOf(id)));
    expect(endpoints.flat()).toHaveLength(1);
  });

  it('gets no event of another instance from code that does not know whose it is', async () => {
    const [mine, other] = [await hooked(), await hooked()];
    const events = await world.stage.store.events(other.id, 0, 1);
    const webhook = (await world.webhooks.find(mine.webhookId, null))?.webhook;
    if (!webhook) throw new Error('there is no endpoint');
    // code from before makes deliveries of all events of the project for it
    await world.stage.database.transaction().execute(async (transaction) => {
      const deliveries = events.map((event) => deliveryOf('dlv_00000000000000000000000000', mine.webhookId, event));
      for (const { id, webhookId, eventPosition, eventType, eventAt, subject, body } of deliveries) {
        await transaction
          .insertInto('webhook_deliveries')
          .values({
            id,
            webhook_id: webhookId,
            event_position: eventPosition,
            event_type: eventType,
            event_at: eventAt,
            subject,
            body,
            state: 'waiting',
            next_attempt_at: T0,
            created_at: T0,
          })
          .execute();
      }
    });
    expect(events).toHaveLength(1);
    expect(await world.deliveries(mine.webhookId)).toEqual([]);
  });

  it('goes with its instance, but not before the last event was delivered or given up', async () => {
    const { id, webhookId } = await hooked();
    await deleteInstance(id);
    const deletedAt = world.stage.now;
    world.stage.now = addSeconds(deletedAt, 2 * DAY);
    // nothing was told yet
    await retain();
    expect(await endpointsOf(id)).toEqual([webhookId]);
    // the receiver is away
    world.respond = () => answerOf(503);
    await world.settle(world.dispatcher());
    await retain();
    expect(await endpointsOf(id)).toEqual([webhookId]);
    world.respond = () => answerOf(204);
    await world.runUntil(world.dispatcher(), addSeconds(world.stage.now, DAY));
    expect(seqsOf(id).at(-1)).toBe(2);
    await retain();
    expect(await endpointsOf(id)).toEqual([]);
    expect(await world.deliveries(webhookId)).toEqual([]);
    expect(await world.stage.store.load(id)).toBeNull();
  });

  it('that is disabled keeps no instance from being deleted', async () => {
    const { id, webhookId } = await hooked();
    world.respond = () => answerOf(410);
    await world.settle(world.dispatcher());
    expect((await world.webhooks.find(webhookId, null))?.webhook).toMatchObject({ setting: 'disabled' });
    await deleteInstance(id);
    world.stage.now = addSeconds(world.stage.now, 2 * DAY);
    await retain();
    expect(await endpointsOf(id)).toEqual([]);
  });

  it('gets the events of a time again, and of its instance only', async () => {
    const { id, webhookId } = await hooked();
    for (const seconds of [10, 20, 30]) {
      world.stage.now = addSeconds(T0, seconds);
      await emit(id);
    }
    const other = await hooked();
    await world.settle(world.dispatcher());
    world.seen.length = 0;
    const range = { from: addSeconds(T0, 10).toISOString(), to: addSeconds(T0, 20).toISOString() };
    const replayed = await world.commands.replay(webhookId, null, range);
    expect(replayed).toMatchObject({ deliveries: 2, last: { at: addSeconds(T0, 20) }, isMore: false });
    await world.settle(world.dispatcher());
    expect(seqsOf(id)).toEqual([2, 3]);
    expect(seqsOf(other.id)).toEqual([]);
    const onwards = await world.commands.replay(webhookId, null, { from: addSeconds(T0, 20).toISOString() });
    expect(onwards).toMatchObject({ deliveries: 2, last: { at: addSeconds(T0, 30) } });
    const inTheFuture = world.commands.replay(webhookId, null, { from: addSeconds(T0, 31).toISOString() });
    await expect(inTheFuture).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
  });

  it('does not count among those of its project', async () => {
    await hooked();
    const webhook = { ...endpointOf(world.stage.newInstance('nobody')), instanceId: null };
    const { count } = await world.stage.database
      .selectFrom('webhook_endpoints')
      .select((select) => select.fn.countAll<number>().as('count'))
      .where('instance_id', 'is', null)
      .where('project_id', '=', webhook.projectId)
      .executeTakeFirstOrThrow();
    expect(await world.webhooks.create(webhook, count + 1, BY_CALLER)).toBe('created');
    expect(await world.webhooks.create({ ...webhook, id: `${webhook.id}x` }, count + 2, BY_CALLER)).toBe('url-taken');
  });
});
