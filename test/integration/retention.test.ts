/** What retention deletes, and what it never does, on PostgreSQL. */
import type { AttemptState } from '../../src/vocabulary/attempt-state.js';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readEventsAfter } from '../../src/events/event-log.js';
import { SHOWN_ATTEMPTS } from '../../src/novita-instances/domain/instance.js';
import { PostgresRetentionStore } from '../../src/retention/postgres-retention-store.js';
import { ReconcileTroubles } from '../../src/novita-instances/store/reconcile-troubles.repository.js';
import { aMachine, anAttempt, at, T0 } from '../support/snapshot-builder.js';
import { BY_CALLER, CREATED, StoreStage } from '../support/store-stage.js';

const MANY = 1_000;
const LONG_AGO = T0;
const LATER = at(86_400);

let stage: StoreStage;
let retention: PostgresRetentionStore;
beforeAll(async () => {
  stage = await StoreStage.open();
  retention = new PostgresRetentionStore(stage.database);
});
afterAll(() => stage.close());
beforeEach(() => {
  stage.now = LONG_AGO;
});

const AFTER = at(1);
const seqs = async (id: string): Promise<number[]> => (await stage.store.events(id, 0, MANY)).map(({ seq }) => seq);
const deleteAllEvents = () => retention.deleteEvents(AFTER, MANY);

/** A deleted instance, and what is left of it. */
const deleted = async (name: string, left: Parameters<StoreStage['commit']>[1] = {}): Promise<string> => {
  const { instance } = await stage.made(name);
  await stage.commit(instance.id, { instance: { desired: 'deleted', deletedAt: stage.now }, ...left });
  return instance.id;
};
const deleteInstances = async (): Promise<void> => {
  await retention.deleteEventsOfDeletedInstances(AFTER, MANY);
  await retention.deleteDeletedInstances(AFTER, MANY);
};

describe('events', () => {
  it('that are old go, a few at a time, and numbers go on where they were', async () => {
    const { instance } = await stage.made('eventful');
    await stage.commit(instance.id, { events: [CREATED, CREATED, CREATED] });
    stage.now = LATER;
    await stage.commit(instance.id, { events: [CREATED] });
    expect(await retention.deleteEvents(AFTER, 3)).toBe(3);
    expect(await retention.deleteEvents(AFTER, 3)).toBe(1);
    expect(await seqs(instance.id)).toEqual([5]);
    await stage.commit(instance.id, { events: [CREATED] });
    expect(await seqs(instance.id)).toEqual([5, 6]);
  });

  it('of the fleet go like all others, and numbers go on where they were', async () => {
    const frozen = { at: stage.now, why: 'kill-rate', detail: 'too many' } as const;
    const freezeAndResume = async (): Promise<void> => {
      await stage.store.changeGuard((guard) => ({ ...guard, frozen }));
      await stage.store.changeGuard((guard) => ({ ...guard, frozen: null }));
    };
    await freezeAndResume();
    await deleteAllEvents();
    stage.now = LATER;
    await freezeAndResume();
    const ofFleet = await readEventsAfter(stage.database, { within: null, after: 0, limit: MANY, subjectId: 'fleet' });
    expect(ofFleet.map(({ seq }) => seq)).toEqual([3, 4]);
  });

  it('are deleted by nothing else, also on a connection that retention has used', async () => {
    const { instance } = await stage.made('kept');
    await Promise.all(Array.from({ length: 12 }, () => retention.deleteEvents(at(-1), 1)));
    const attempts = Array.from({ length: 12 }, () =>
      sql`DELETE FROM events WHERE instance_id = ${instance.id}`.execute(stage.database).then(
        () => 'deleted',
        (error: unknown) => (error as Error).message,
      ),
    );
    expect(new Set(await Promise.all(attempts))).toEqual(new Set(['events are append-only']));
    await expect(sql`UPDATE events SET type = 'other'`.execute(stage.database)).rejects.toThrow('append-only');
  });
});

describe('attempts', () => {
  const STATES: AttemptState[] = ['REJECTED', 'NOT_SENT', 'ACCEPTED', 'ABSENT', 'SUPERSEDED', 'SENDING', 'AMBIGUOUS'];

  it('that made no machine go, but for the last ones; each that may have made one stays', async () => {
    const { instance } = await stage.made('tried often');
    const count = SHOWN_ATTEMPTS + STATES.length;
    const attempts = Array.from({ length: count }, (_, index) =>
      anAttempt({
        number: index + 1,
        tag: `tag-${index}`,
        machineId: null,
        // one of each state that is old enough, and then as many as are shown
        state: STATES[index] ?? 'REJECTED',
        sentAt: LONG_AGO,
      }),
    );
    await stage.commit(instance.id, { attempts });
    expect(await retention.deleteAttempts(LONG_AGO, MANY)).toBe(0);
    expect(await retention.deleteAttempts(AFTER, 1)).toBe(1);
    expect(await retention.deleteAttempts(AFTER, MANY)).toBe(1);
    const left = (await stage.snapshot(instance.id)).attempts;
    expect(left.slice(0, 5).map(({ state }) => state)).toEqual(STATES.slice(2));
    expect(left).toHaveLength(count - 2);
    expect(left.at(-1)?.number).toBe(count);
  });

  it('that have a machine stay, whatever was said of them', async () => {
    const { instance } = await stage.made('surprised');
    const attempts = Array.from({ length: SHOWN_ATTEMPTS + 2 }, (_, index) =>
      anAttempt({ number: index + 1, tag: `surprise-${index}`, machineId: null, state: 'REJECTED', sentAt: LONG_AGO }),
    );
    const machines = [aMachine('running', { machineId: 'm-surprise', attemptNumber: 1 })];
    await stage.commit(instance.id, { attempts, machines });
    await retention.deleteAttempts(AFTER, MANY);
    expect((await stage.snapshot(instance.id)).attempts.map(({ number }) => number).slice(0, 2)).toEqual([1, 3]);
  });
});

describe('a deleted instance', () => {
  it('goes with everything of it when it is old', async () => {
    const claim = { caller: 'somebody', key: 'of a deleted one', fingerprint: 'f' };
    const instance = stage.newInstance('gone');
    await stage.store.create(instance, [CREATED], claim, BY_CALLER);
    await new ReconcileTroubles(stage.database).record(instance.id, 'ref', stage.now);
    await stage.commit(instance.id, {
      instance: { desired: 'deleted', deletedAt: stage.now },
      attempts: [anAttempt({ tag: 'tag-gone', machineId: 'm-gone' })],
      machines: [aMachine('removed', { machineId: 'm-gone', goneAt: stage.now })],
      events: [CREATED, CREATED],
    });
    // an instance may have more events than one statement deletes: it waits for the last
    expect(await retention.deleteEventsOfDeletedInstances(AFTER, 2)).toBe(2);
    await retention.deleteDeletedInstances(AFTER, MANY);
    expect(await stage.store.load(instance.id)).not.toBeNull();
    await deleteInstances();
    expect(await stage.store.load(instance.id)).toBeNull();
    // the queue of the test has forgotten it too
    await stage.nudged();
    expect((await stage.dump()).includes(instance.id)).toBe(false);
    expect(await stage.store.findByKey(claim)).toBeNull();
  });

  it.each([
    ['a machine that is not proved gone', { machines: [aMachine('removing', { machineId: 'm-leaving' })] }],
    ['a create under way', { attempts: [anAttempt({ tag: 'tag-sending', machineId: null, state: 'SENDING' })] }],
    ['a create in doubt', { attempts: [anAttempt({ tag: 'tag-doubt', machineId: null, state: 'AMBIGUOUS' })] }],
  ] as const)('stays while it has %s', async (name, left) => {
    const id = await deleted(name, left as never);
    await deleteInstances();
    expect(await stage.store.load(id)).not.toBeNull();
    expect(await seqs(id)).toEqual([1]);
  });

  it('stays as long as it is to be kept', async () => {
    stage.now = AFTER;
    const id = await deleted('young');
    await deleteInstances();
    expect(await stage.store.load(id)).not.toBeNull();
  });

  it('is no other: one that is not deleted stays, however old', async () => {
    const { instance } = await stage.made('old and alive');
    await deleteAllEvents();
    await deleteInstances();
    expect(await stage.store.load(instance.id)).not.toBeNull();
  });
});

describe('idempotency keys', () => {
  it('that are old go, and with them the memory of the create', async () => {
    const claim = (key: string) => ({ caller: 'somebody', key, fingerprint: 'f' });
    await stage.store.create(stage.newInstance('first'), [CREATED], claim('old'), BY_CALLER);
    stage.now = LATER;
    await stage.store.create(stage.newInstance('second'), [CREATED], claim('young'), BY_CALLER);
    await retention.deleteIdempotencyKeys(AFTER, MANY);
    expect(await stage.store.findByKey(claim('old'))).toBeNull();
    expect(await stage.store.findByKey(claim('young'))).toMatchObject({ kind: 'replayed' });
  });
});
