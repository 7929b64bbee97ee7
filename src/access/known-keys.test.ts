import { describe, expect, it } from 'vitest';
import { hashOfSecret, type ApiKey } from './api-key.js';
import { KnownKeys } from './known-keys.js';

const keyOf = (id: string): ApiKey => ({
  id,
  name: id,
  projectId: null,
  scopes: [],
  secretHash: hashOfSecret(id),
  previous: null,
  createdAt: new Date(0),
  expiresAt: null,
  revokedAt: null,
  lastUsedAt: null,
});

/** The keys of a replica, over a database that the test moves. */
const replica = () => {
  const stage = {
    nowMs: 0,
    reads: 0,
    stored: [keyOf('first')],
    used: [] as string[][],
    isAway: false,
    gate: null as Promise<void> | null,
  };
  const repository = {
    all: async () => {
      stage.reads += 1;
      const found = [...stage.stored];
      await stage.gate;
      if (stage.isAway) throw new Error('away');
      return found;
    },
    recordUse: (ids: readonly string[]) => {
      stage.used.push([...ids]);
      return Promise.resolve();
    },
  };
  const keys = new KnownKeys(
    repository,
    { now: () => new Date(stage.nowMs) },
    { warn: () => undefined },
    () => stage.nowMs,
    (ms) => {
      stage.nowMs += ms;
      return Promise.resolve();
    },
  );
  return { keys, stage, ids: async () => [...(await keys.all()).keys()] };
};

describe('the keys that a replica knows', () => {
  it('are read anew for a key that is not known, once in a tenth of a second for all who send one', async () => {
    const { keys, stage, ids } = replica();
    await ids();
    stage.stored.push(keyOf('second'));
    expect([...(await keys.renewed()).keys()]).toEqual(['first', 'second']);
    expect(stage).toMatchObject({ reads: 2, nowMs: 0 });
    await Promise.all([keys.renewed(), keys.renewed(), keys.renewed()]);
    expect(stage).toMatchObject({ reads: 3, nowMs: 100 });
  });

  it('stay usable when they cannot be read anew', async () => {
    const { keys, stage, ids } = replica();
    await ids();
    stage.isAway = true;
    expect([...(await keys.renewed()).keys()]).toEqual(['first']);
    expect(await ids()).toEqual(['first']);
    stage.nowMs = 59_000;
    expect(await ids()).toEqual(['first']);
  });

  it('are read once for all requests of two seconds', async () => {
    const { stage, ids } = replica();
    await Promise.all([ids(), ids(), ids()]);
    stage.nowMs = 1_999;
    expect(await ids()).toEqual(['first']);
    expect(stage.reads).toBe(1);
  });

  it('are those of before for the request that begins the next read, and the new ones after it', async () => {
    const { stage, ids } = replica();
    await ids();
    stage.stored.push(keyOf('second'));
    stage.nowMs = 2_000;
    expect(await ids()).toEqual(['first']);
    // the read ends in between
    await Promise.resolve();
    expect(await ids()).toEqual(['first', 'second']);
    expect(stage.reads).toBe(2);
  });

  it('are read before the answer when no request came for four seconds', async () => {
    const { stage, ids } = replica();
    await ids();
    stage.stored = [];
    stage.nowMs = 4_000;
    expect(await ids()).toEqual([]);
  });

  it('stay those of before while the database is away, but for a minute only', async () => {
    const { stage, ids } = replica();
    await ids();
    stage.isAway = true;
    stage.nowMs = 59_999;
    expect(await ids()).toEqual(['first']);
    stage.nowMs = 62_000;
    await expect(ids()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', details: { retryAfterSeconds: 2 } });
    stage.isAway = false;
    stage.nowMs = 64_000;
    expect(await ids()).toEqual(['first']);
  });

  it('are unknown before the first read has ended well', async () => {
    const { stage, ids } = replica();
    stage.isAway = true;
    await expect(ids()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', details: { retryAfterSeconds: 2 } });
  });

  it('are read anew after a change by this replica, and a read from before the change is not believed', async () => {
    const { keys, stage, ids } = replica();
    await ids();
    let open = (): void => undefined;
    stage.gate = new Promise((resolve) => (open = resolve));
    stage.nowMs = 2_500;
    await ids();
    stage.gate = null;
    stage.stored = [keyOf('changed')];
    stage.nowMs = 2_600;
    keys.forget();
    expect(await ids()).toEqual(['changed']);
    open();
    await new Promise(setImmediate);
    expect(await ids()).toEqual(['changed']);
  });

  it('are noted as used with the next read, each at most once a minute', async () => {
    const { keys, stage, ids } = replica();
    await ids();
    keys.noteUse('a');
    keys.noteUse('b');
    keys.noteUse('a');
    stage.nowMs = 5_000;
    await ids();
    expect(stage.used).toEqual([['a', 'b']]);
    keys.noteUse('a');
    stage.nowMs = 64_000;
    await ids();
    expect(stage.used).toHaveLength(1);
    keys.noteUse('c');
    stage.nowMs = 69_000;
    await ids();
    expect(stage.used).toEqual([
      ['a', 'b'],
      ['a', 'c'],
    ]);
  });
});
