/** How events reach their receivers: the real code on a real database, with virtual time and a network that the test is. */
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readEvents } from '../../src/events/event-log.js';
import type { OutboundAnswer } from '../../src/outbound/guarded-connections.js';
import { Sealing } from '../../src/secrets/sealing.js';
import { addSeconds, secondsBetween } from '../../src/time/clock.js';
import { testDelivery } from '../../src/webhooks/domain/new-delivery.js';
import { SCHEDULE_SECONDS } from '../../src/webhooks/domain/delivery-schedule.js';
import { webhookView } from '../../src/webhooks/api/webhook.view.js';
import { DeliveryQueue } from '../../src/webhooks/store/delivery-queue.js';
import { BY_CALLER, CREATED } from '../support/store-stage.js';
import { T0 } from '../support/snapshot-builder.js';
import { answerOf, WebhookStage, type SeenAttempt } from '../support/webhook-stage.js';

const HOUR = 3_600;
let world: WebhookStage;
beforeAll(async () => {
  world = await WebhookStage.open();
});
afterAll(() => world.close());
beforeEach(() => {
  world.stage.now = T0;
  world.seen.length = 0;
  world.respond = () => answerOf(204);
});
afterEach(async () => {
  for (const { id } of await world.webhooks.collecting()) await world.webhooks.delete(id, null, deleted, T0, BY_CALLER);
});
const deleted = () => ({ type: 'webhook.deleted', data: { host: 'x' } }) as const;

let made = 0;
const instance = async (labels: Record<string, string> = {}): Promise<string> =>
  (await world.stage.made(`hooked-${++made}`, { labels })).instance.id;
const emit = (id: string, count = 1): Promise<unknown> =>
  world.stage.commit(id, { events: Array.from({ length: count }, () => CREATED) });
const seqsOf = (subject: string, seen: readonly SeenAttempt[] = world.seen): number[] =>
  seen.filter((attempt) => attempt.subject === subject).map(({ seq }) => seq);
const statesOf = async (webhook: string) => (await world.deliveries(webhook)).map(({ state }) => state);

describe('a receiver that is away for 72 hours', () => {
  it('gets everything in order when it is back, by attempts on the published schedule', async () => {
    const webhook = await world.endpoint('away');
    const backAt = addSeconds(T0, 72 * HOUR);
    world.respond = () =>
      world.stage.now < backAt ? Promise.reject(new Error('connect ECONNREFUSED')) : answerOf(200);
    const instances = [await instance(), await instance(), await instance()];
    const dispatcher = world.dispatcher();
    for (const hours of [1, 10, 30, 71]) {
      await world.runUntil(dispatcher, addSeconds(T0, hours * HOUR));
      for (const id of instances) await emit(id, 2);
    }
    await world.runUntil(dispatcher, addSeconds(T0, 90 * HOUR));

    expect(await statesOf(webhook)).toEqual(Array<string>(27).fill('delivered'));
    const arrived = world.seen.filter(({ at }) => at >= backAt);
    for (const id of instances) expect(seqsOf(id, arrived)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // while it was away, nothing was sent but the first event of each
    expect(new Set(world.seen.filter(({ at }) => at < backAt).map(({ seq }) => seq))).toEqual(new Set([1]));
    const attempts = world.seen.filter(({ subject, seq }) => subject === instances[0] && seq === 1);
    expect(new Set(attempts.map(({ id }) => id)).size).toBe(1);
    const waits = attempts.map(({ at }, index) => secondsBetween(attempts[index - 1]?.at ?? T0, at));
    expect(waits).toHaveLength(SCHEDULE_SECONDS.length);
    SCHEDULE_SECONDS.forEach((seconds, index) => {
      expect(waits[index]).toBeGreaterThanOrEqual(seconds);
      expect(waits[index]).toBeLessThanOrEqual(seconds * 1.1 + 1);
    });
  });

  it('and for longer: the attempts are used up, an event tells it, and the next goes on', async () => {
    const webhook = await world.endpoint('dead', { eventTypes: ['instance.created'] });
    const [dead, other] = [await instance(), await instance()];
    await emit(dead);
    world.respond = ({ subject, seq }) => answerOf(subject === dead && seq === 1 ? 500 : 200);
    await world.runUntil(world.dispatcher(), addSeconds(T0, 100 * HOUR));
    expect(seqsOf(dead)).toEqual([...Array<number>(10).fill(1), 2]);
    // another subject did not wait
    expect(world.seen.find(({ subject }) => subject === other)?.at).toEqual(T0);
    const events = await readEvents(world.stage.database, {
      subject: { kind: 'webhook', id: webhook },
      afterSeq: 0,
      limit: 10,
    });
    expect(events.map(({ type }) => type)).toEqual(['webhook.created', 'webhook.attempts_exhausted']);
    expect(events[1]?.data).toMatchObject({ attempts: 10, failure: 'HTTP 500', eventType: 'instance.created' });
    // events about webhooks are no news for webhooks
    expect(world.seen.every(({ type }) => !type.startsWith('webhook.'))).toBe(true);
  });
});

describe('a delivery', () => {
  it('whose result was not written is sent again with the same id, and nothing overtakes it', async () => {
    const webhook = await world.endpoint('crashed');
    const id = await instance();
    await emit(id);
    const queue = new DeliveryQueue(world.stage.database);
    queue.finish = () => Promise.reject(new Error('the process is killed'));
    await world.settle(world.dispatcher(queue));
    expect(seqsOf(id)).toEqual([1]);
    const next = world.dispatcher();
    await world.settle(next);
    expect(seqsOf(id)).toEqual([1]);
    world.stage.now = addSeconds(T0, 60);
    await world.settle(next);
    expect(seqsOf(id)).toEqual([1, 1, 2]);
    expect(world.seen[0]?.id).toBe(world.seen[1]?.id);
    expect(await statesOf(webhook)).toEqual(['delivered', 'delivered']);
  });

  it('whose attempt is broken off by a stop is due at once, and the attempt does not count', async () => {
    const webhook = await world.endpoint('stopped');
    const id = await instance();
    const never = new Promise<OutboundAnswer>(() => undefined);
    world.respond = () => never;
    const dispatcher = world.dispatcher();
    await dispatcher.run();
    await dispatcher.stop();
    expect(await world.deliveries(webhook)).toMatchObject([{ state: 'waiting', attempts: 0 }]);
    world.respond = () => answerOf(200);
    await world.settle(world.dispatcher());
    expect(seqsOf(id)).toEqual([1, 1]);
  });

  it('that two replicas could send is sent by one', async () => {
    await world.endpoint('contended');
    const ids = await Promise.all(Array.from({ length: 12 }, () => instance()));
    for (const id of ids) await emit(id, 2);
    const replicas = [world.dispatcher(), world.dispatcher(), world.dispatcher()];
    for (let round = 0; round < 5; round++) {
      await Promise.all(replicas.map((one) => one.run()));
      await Promise.all(replicas.map((one) => one.settled()));
    }
    for (const id of ids) expect(seqsOf(id)).toEqual([1, 2, 3]);
  });

  it('reaches an endpoint although another one does not answer, which occupies four attempts at most', async () => {
    const [dead, alive] = [await world.endpoint('silent'), await world.endpoint('alive')];
    const ids = await Promise.all(Array.from({ length: 8 }, () => instance()));
    const silent = new Promise<OutboundAnswer>(() => undefined);
    world.respond = ({ url }) => (url.includes('silent') ? silent : answerOf(200));
    const dispatcher = world.dispatcher();
    await dispatcher.run();
    await expect.poll(() => statesOf(alive)).toEqual(ids.map(() => 'delivered'));
    expect(world.seen.filter(({ url }) => url.includes('silent'))).toHaveLength(4);
    await dispatcher.stop();
    expect(await statesOf(dead)).toEqual(ids.map(() => 'waiting'));
  });

  it('waits while the receiver asked for a pause, with all others of the endpoint', async () => {
    await world.endpoint('busy');
    const first = await instance();
    world.respond = () => answerOf(429, '20');
    const dispatcher = world.dispatcher();
    await world.settle(dispatcher);
    const second = await instance();
    world.respond = () => answerOf(200);
    await world.runUntil(dispatcher, addSeconds(T0, 19));
    expect([seqsOf(first), seqsOf(second)]).toEqual([[1], []]);
    await world.runUntil(dispatcher, addSeconds(T0, 21));
    expect([seqsOf(first), seqsOf(second)]).toEqual([[1, 1], [1]]);
  });

  it('that is asked for again comes before later ones of its subject', async () => {
    const webhook = await world.endpoint('again');
    const id = await instance();
    const dispatcher = world.dispatcher();
    await world.settle(dispatcher);
    await emit(id);
    world.respond = () => answerOf(500);
    await world.settle(dispatcher);
    expect(seqsOf(id)).toEqual([1, 2]);
    const [first] = await world.deliveries(webhook);
    await world.commands.redeliver(webhook, null, first?.id ?? '');
    // the later one waited for its second attempt, and waits for the earlier one now
    await world.runUntil(dispatcher, addSeconds(T0, 4));
    expect(seqsOf(id)).toEqual([1, 2, 1]);
    world.respond = () => answerOf(200);
    await world.runUntil(dispatcher, addSeconds(T0, 10));
    expect(seqsOf(id)).toEqual([1, 2, 1, 1, 2]);
  });

  it('is deleted when it is old, and the next of its subject goes on', async () => {
    const webhook = await world.endpoint('old');
    const id = await instance();
    const dispatcher = world.dispatcher();
    world.respond = () => answerOf(500);
    await world.settle(dispatcher);
    world.stage.now = addSeconds(T0, 1);
    await emit(id);
    await world.settle(dispatcher);
    expect(await world.log.deleteOld(addSeconds(T0, 1), 10, world.stage.now)).toBe(1);
    world.respond = () => answerOf(200);
    await world.settle(dispatcher);
    expect(seqsOf(id)).toEqual([1, 2]);
    expect(await statesOf(webhook)).toEqual(['delivered']);
  });

  it('of an endpoint whose secret cannot be decrypted waits, and goes when the secret is rotated', async () => {
    const webhook = await world.endpoint('unreadable');
    const id = await instance();
    const { sealer } = world;
    world.sealer = new Sealing('another deployment secret');
    try {
      const dispatcher = world.dispatcher();
      await world.runUntil(dispatcher, addSeconds(T0, 300));
      expect(world.seen).toEqual([]);
      expect(await world.deliveries(webhook)).toMatchObject([{ state: 'waiting', attempts: 0 }]);
      const shown = await world.commands.get(webhook, null);
      expect(webhookView(shown, world.sealer).state).toBe('unreadable');
      await world.commands.rotateSecret(webhook, HOUR, { within: null, cause: BY_CALLER });
      await world.runUntil(dispatcher, addSeconds(T0, 600));
      expect(seqsOf(id)).toEqual([1]);
    } finally {
      world.sealer = sealer;
    }
  });
});

describe('many events for many endpoints', () => {
  it('are all stored, though a statement has a limit of parameters', async () => {
    const [endpoints, events] = [20, 600];
    for (let at = 0; at < endpoints; at++) await world.endpoint(`many-${at}`);
    // only stored here: sending them is another matter
    await world.stage.database.updateTable('webhook_endpoints').set({ state: 'paused' }).execute();
    const id = await instance();
    for (let at = 0; at < events; at += 100) await emit(id, 100);
    // and the one of its making
    const wanted = Array.from({ length: events + 1 }, (_, index) => index + 1);
    expect(await world.dispatcher().run()).toMatchObject({ made: endpoints * wanted.length, underWay: 0 });
    for (const { id: webhook } of await world.webhooks.collecting()) {
      const bodies = (await world.deliveries(webhook)).map(({ body }) => JSON.parse(body) as { data: { seq: number } });
      expect(bodies.map(({ data }) => data.seq)).toEqual(wanted);
    }
  });
});

describe('what was read for an endpoint', () => {
  it('is stored only while the endpoint is where it was then', async () => {
    await world.endpoint('read');
    const [webhook] = await world.webhooks.collecting();
    if (!webhook) throw new Error('it was made');
    const { id: webhookId, position: from } = webhook;
    const to = from + 1;
    const queue = new DeliveryQueue(world.stage.database);
    const read = (id: string) => [{ webhookId, from, to, deliveries: [testDelivery(id, webhookId, T0)] }];
    await queue.collect(read('dlv_first'), T0);
    // as by another replica, which read at the same time
    await queue.collect(read('dlv_second'), T0);
    expect((await world.deliveries(webhookId)).map(({ id }) => id)).toEqual(['dlv_first']);
    expect((await world.webhooks.collecting()).map(({ position }) => position)).toEqual([to]);
  });
});

describe('whatever the receivers answer', () => {
  it('each event of the filter is delivered once, in the order of its subject, or its attempts are used up', async () => {
    const answer = fc.constantFrom(200, 200, 200, 429, 500, 0);
    const run = fc.asyncProperty(
      fc.array(answer, { minLength: 5, maxLength: 60 }),
      fc.nat(3),
      async (answers, extra) => {
        world.stage.now = T0;
        world.seen.length = 0;
        const webhook = await world.endpoint(`any-${++made}`, { labels: { team: 'a' } });
        const ids = [await instance({ team: 'a' }), await instance({ team: 'a' }), await instance({ team: 'b' })];
        for (const id of ids) await emit(id, extra + 1);
        let at = 0;
        const arrived: SeenAttempt[] = [];
        world.respond = (attempt) => {
          const status = answers[at++] ?? 200;
          if (status === 200) arrived.push(attempt);
          return status === 0 ? Promise.reject(new Error('reset')) : answerOf(status);
        };
        await world.runUntil(world.dispatcher(), addSeconds(T0, 2_000 * HOUR));
        const wanted = Array.from({ length: extra + 2 }, (_, index) => index + 1);
        const failed = (await world.deliveries(webhook))
          .filter(({ state }) => state === 'failed')
          .map(({ body }) => body);
        for (const id of ids.slice(0, 2)) {
          const expected = wanted.filter(
            (seq) => !failed.some((body) => body.includes(id) && body.includes(`"seq":${seq},`)),
          );
          expect(seqsOf(id, arrived)).toEqual(expected);
        }
        expect(seqsOf(ids[2] ?? '')).toEqual([]);
        await world.webhooks.delete(webhook, null, deleted, T0, BY_CALLER);
      },
    );
    await fc.assert(run, { numRuns: 8 });
  });
});
