import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventDraft } from '../../src/events/event-catalogue.js';
import type { Instance } from '../../src/novita-instances/domain/instance.js';
import { NO_SIGHT } from '../../src/machines/domain/sight.js';
import { aMachine, anAttempt, at, T0, aSentAction } from '../support/snapshot-builder.js';
import { BY_CALLER, CREATED, StoreStage } from '../support/store-stage.js';

let stage: StoreStage;
beforeAll(async () => {
  stage = await StoreStage.open();
});
afterAll(() => stage.close());

const claim = (key: string, fingerprint = 'f') => ({ caller: 'somebody', key, fingerprint });
const create = (instance: Instance, key?: string, fingerprint?: string) =>
  stage.store.create(instance, [CREATED], key === undefined ? null : claim(key, fingerprint), BY_CALLER);

describe('a create', () => {
  it('writes the instance, its event and its nudge together', async () => {
    await stage.nudged();
    const instance = stage.newInstance('whole', { labels: { team: 'vision' }, envs: [{ key: 'A', value: '1' }] });
    expect(await create(instance)).toMatchObject({ kind: 'created', snapshot: { attempts: [], machines: [] } });
    expect(await stage.snapshot(instance.id)).toEqual({
      instance: { ...instance, lastEventSeq: 1 },
      attempts: [],
      machines: [],
    });
    expect(await stage.store.events(instance.id, 0, 9)).toMatchObject([{ seq: 1, type: 'instance.created' }]);
    expect(await stage.nudged()).toEqual([instance.id]);
  });

  it('with the same key and body is answered with what the first one made, as it is now', async () => {
    const first = stage.newInstance('replayed');
    await create(first, 'k-replay');
    await stage.commit(first.id, { instance: { desired: 'stopped' } });
    const again = await create(stage.newInstance('replayed'), 'k-replay');
    expect(again).toMatchObject({ kind: 'replayed', snapshot: { instance: { id: first.id, desired: 'stopped' } } });
  });

  it('with the same key and another body is refused, and writes nothing', async () => {
    await create(stage.newInstance('key-owner'), 'k-reused', 'one');
    expect(await create(stage.newInstance('key-thief'), 'k-reused', 'two')).toEqual({ kind: 'key-reused' });
    expect(await stage.store.find('key-thief', null)).toBeNull();
  });

  it('keys of two callers are two keys', async () => {
    await create(stage.newInstance('mine'), 'k-shared');
    const other = { ...claim('k-shared'), caller: 'somebody else' };
    expect(await stage.store.create(stage.newInstance('theirs'), [CREATED], other, BY_CALLER)).toMatchObject({
      kind: 'created',
    });
  });

  it('of a name that is taken is refused, and leaves its key free', async () => {
    await stage.made('taken');
    expect(await create(stage.newInstance('taken'), 'k-free')).toEqual({ kind: 'name-taken' });
    expect(await create(stage.newInstance('not-taken'), 'k-free')).toMatchObject({ kind: 'created' });
  });

  it('of a name that was deleted is a new instance, and the key of the first still answers with the first', async () => {
    const first = stage.newInstance('phoenix');
    await create(first, 'k-phoenix');
    await stage.commit(first.id, { instance: { desired: 'deleted', deletedAt: at(9) } });
    const second = stage.newInstance('phoenix');
    expect(await create(second)).toMatchObject({ kind: 'created' });
    expect(await create(stage.newInstance('phoenix'), 'k-phoenix')).toMatchObject({
      kind: 'replayed',
      snapshot: { instance: { id: first.id } },
    });
    expect(await stage.store.find('phoenix', null)).toMatchObject({ instance: { id: second.id } });
    expect(await stage.store.find(first.id, null)).toMatchObject({ instance: { id: first.id } });
  });

  it('sent twenty times at once with one key makes one instance, and all callers get it', async () => {
    const twentyTimes = () =>
      Promise.all(Array.from({ length: 20 }, () => create(stage.newInstance('parallel'), 'k-parallel')));
    // more callers than connections, and then as many repetitions
    const results = [...(await twentyTimes()), ...(await twentyTimes())];
    const ids = results.map((result) => ('snapshot' in result ? result.snapshot.instance.id : result.kind));
    expect(new Set(ids).size).toBe(1);
    expect(results.filter(({ kind }) => kind === 'created')).toHaveLength(1);
    const { snapshots: listed } = await stage.store.list({ within: null, name: 'parallel', limit: 50 });
    expect(listed).toHaveLength(1);
    expect(await stage.store.events(listed[0]?.instance.id ?? '', 0, 50)).toHaveLength(1);
  });

  it('sent twenty times at once without a key makes one instance: the name is taken for the rest', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => create(stage.newInstance('one-name'))));
    expect(results.map(({ kind }) => kind).toSorted()).toEqual(['created', ...Array<string>(19).fill('name-taken')]);
  });
});

describe('a commit', () => {
  it('keeps everything that an instance, its attempts and its machines are', async () => {
    const { instance } = await stage.made('kept');
    const attempt = anAttempt({ tag: 'tag-kept', machineId: 'm-kept' });
    const machine = aMachine('running', {
      machineId: 'm-kept',
      access: { sshCommand: 'ssh x', sshPassword: 'p', webTerminal: null, jupyterUrl: null },
      lastMissingAt: at(3),
    });
    const progress: Instance['progress'] = {
      ...instance.progress,
      placement: { ...instance.progress.placement, notBefore: at(5), waitingFor: 'balance', detail: 'x' },
      action: aSentAction({ verb: 'stop', generation: 2, sentAt: at(1), tries: 2, notBefore: at(2) }),
      releases: { m9: { since: stage.now, said: 'busy', tries: 1, notBefore: at(4), outcome: 'rejected X' } },
      readiness: { ...instance.progress.readiness, runningSince: at(1), readyAt: at(2), nextProbeAt: at(3) },
      failure: { code: 'MACHINE_LOST', message: 'x', at: at(6), machine: 'release' },
    };
    const after = { ...instance, machineId: 'm-kept', generation: 2, toldStatus: 'failed', progress };
    stage.now = at(100);
    const stored = await stage.commit(instance.id, { instance: after, attempts: [attempt], machines: [machine] });
    stage.now = at(0);
    expect(stored).toEqual({
      instance: { ...after, version: 2, lastEventSeq: 1, updatedAt: at(100) },
      attempts: [attempt],
      machines: [machine],
    });
  });

  it('based on an older version writes nothing at all', async () => {
    const { instance: before } = await stage.made('stale');
    await stage.commit(before.id, {});
    await stage.nudged();
    const untouched = await stage.snapshot(before.id);
    const done = await stage.store.commit({
      before,
      after: { ...before, desired: 'deleted' },
      attempts: [anAttempt({ tag: 'tag-stale', machineId: null })],
      machines: [aMachine('running', { machineId: 'm-stale' })],
      events: [CREATED],
      actor: 'caller',
      nudge: true,
    });
    expect(done).toBe(false);
    expect(await stage.snapshot(before.id)).toEqual(untouched);
    expect(await stage.store.events(before.id, 0, 9)).toHaveLength(1);
    expect(await stage.nudged()).toEqual([]);
  });

  it('that fails in the middle leaves nothing behind', async () => {
    const { instance } = await stage.made('torn');
    const untouched = await stage.snapshot(instance.id);
    await stage.nudged();
    const torn = stage.commit(instance.id, {
      instance: { desired: 'stopped' },
      events: [CREATED],
      // two attempts with one tag: the second breaks the law of the table
      attempts: [anAttempt({ tag: 'tag-torn', machineId: null }), anAttempt({ number: 2, tag: 'tag-torn' })],
      nudge: true,
    });
    await expect(torn).rejects.toThrow('create_attempts_tag_key');
    expect(await stage.snapshot(instance.id)).toEqual(untouched);
    expect(await stage.nudged()).toEqual([]);
  });

  it('numbers events without a gap when many write at once', async () => {
    const { instance } = await stage.made('busy');
    const writeOnce = async (attempt: number): Promise<void> => {
      for (;;) {
        const { instance: before } = await stage.snapshot(instance.id);
        const data = { attempt, machineId: 'm1' };
        const events: EventDraft[] = [
          { type: 'placement.accepted', data },
          { type: 'placement.adopted', data },
        ];
        if (await stage.store.commit({ before, after: before, events, actor: 'caller' })) return;
      }
    };
    await Promise.all(Array.from({ length: 12 }, (_, index) => writeOnce(index)));
    const events = await stage.store.events(instance.id, 0, 100);
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    for (let index = 1; index < 25; index += 2) expect(events[index]?.data).toEqual(events[index + 1]?.data);
    expect((await stage.snapshot(instance.id)).instance.lastEventSeq).toBe(25);
  });

  it('never takes back what a sweep has counted for an attempt', async () => {
    const { instance } = await stage.made('counted');
    const attempt = anAttempt({ tag: 'tag-counted', state: 'AMBIGUOUS', machineId: null, decidedAt: null });
    await stage.commit(instance.id, { attempts: [attempt] });
    await stage.store.concludePass({ startedAt: at(50), seen: [], spacingSeconds: 20 });
    await stage.commit(instance.id, { attempts: [{ ...attempt, state: 'ABSENT' }] });
    expect((await stage.snapshot(instance.id)).attempts).toMatchObject([{ state: 'ABSENT', cleanPasses: 1 }]);
  });
});

describe('events', () => {
  it('cannot be changed or deleted', async () => {
    const { instance } = await stage.made('history');
    const events = stage.database.updateTable('events').set({ type: 'forged' }).where('instance_id', '=', instance.id);
    await expect(events.execute()).rejects.toThrow('append-only');
    const deletion = stage.database.deleteFrom('events').where('instance_id', '=', instance.id);
    await expect(deletion.execute()).rejects.toThrow('append-only');
  });

  it('are read after a number, so many at once', async () => {
    const { instance } = await stage.made('paged');
    await stage.commit(instance.id, {
      events: [2, 3, 4].map((attempt) => ({ type: 'placement.declared_absent', data: { attempt } })),
    });
    expect((await stage.store.events(instance.id, 1, 2)).map(({ seq, data }) => [seq, data])).toEqual([
      [2, { attempt: 2 }],
      [3, { attempt: 3 }],
    ]);
  });
});

describe('time in which an instance was held up', () => {
  const held = [{ from: at(10), to: at(80) }];

  it('is read as it was written', async () => {
    const { instance } = await stage.made('held-up');
    const snapshot = await stage.commit(instance.id, {
      instance: { progress: { ...instance.progress, heldUp: held } },
    });
    expect(snapshot.instance.progress.heldUp).toEqual(held);
  });

  it.each([
    [0, []],
    [70, [{ from: T0, to: at(70) }]],
  ])('of %i s, written as a sum by an earlier release, is not lost', async (heldSeconds, heldUp) => {
    const { instance } = await stage.made(`held-up-before-${heldSeconds}`);
    const { heldUp: _spans, ...before } = instance.progress;
    const progress = { ...before, placement: { ...before.placement, heldSeconds } };
    await stage.database
      .updateTable('instances')
      .set({ progress: JSON.stringify(progress) })
      .where('id', '=', instance.id)
      .execute();
    expect((await stage.snapshot(instance.id)).instance.progress).toEqual({ ...instance.progress, heldUp });
  });

  it('of the whole fleet is kept with the guard; a guard that says nothing of it has seen nothing yet', async () => {
    expect((await stage.store.guard()).sight).toEqual(NO_SIGHT);
    const sight = { seenAt: at(90), blindSince: at(85), held };
    await stage.store.changeGuard((guard) => ({ ...guard, sight }));
    expect((await stage.store.guard()).sight).toEqual(sight);
  });
});

describe('secrets', () => {
  it('are not readable in the database: neither env values nor ways into a machine', async () => {
    const canary = (place: string): string => `canary-${place}-7c1f`;
    const { instance } = await stage.made('secretive', { envs: [{ key: 'TOKEN', value: canary('env') }] });
    const access = {
      sshCommand: `ssh ${canary('command')}`,
      sshPassword: canary('password'),
      webTerminal: { address: `wss://${canary('address')}`, username: 'root', password: canary('terminal') },
      jupyterUrl: `https://x/?token=${canary('jupyter')}`,
    };
    const machine = aMachine('running', { machineId: 'm-secret', access });
    const snapshot = await stage.commit(instance.id, {
      machines: [machine],
      attempts: [anAttempt({ tag: 'tag-secret' })],
    });
    expect(snapshot.machines[0]?.access).toEqual(access);
    expect(snapshot.instance.spec.envs[0]?.value).toBe(canary('env'));
    const dump = await stage.dump();
    expect(dump).toContain('m-secret');
    expect(dump).not.toContain('canary-');
  });

  it('of one machine do not open in the place of another', async () => {
    const { instance } = await stage.made('swapped');
    const access = { sshCommand: 'ssh a', sshPassword: 'a', webTerminal: null, jupyterUrl: null };
    await stage.commit(instance.id, {
      machines: [aMachine('running', { machineId: 'm-a', access }), aMachine('running', { machineId: 'm-b' })],
    });
    const { sealed_access } = await stage.database
      .selectFrom('machines')
      .select('sealed_access')
      .where('machine_id', '=', 'm-a')
      .executeTakeFirstOrThrow();
    await stage.database.updateTable('machines').set({ sealed_access }).where('machine_id', '=', 'm-b').execute();
    const { machines } = await stage.snapshot(instance.id);
    expect(machines.map((machine) => [machine.machineId, machine.access])).toEqual([
      ['m-a', access],
      ['m-b', null],
    ]);
  });
});
