import { sql } from 'kysely';
import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/config/config.js';
import { createDatabase, createPool, type Database } from '../../src/database/pool.js';
import type { RequestKind } from '../../src/novita-api/novita-client.js';
import { type Admission, ADMISSION_MS } from '../../src/novita-api/request-budget.js';
import { fingerprintOf, SharedRequestBudget } from '../../src/novita-api/shared-request-budget.js';
import type { TestDatabase } from '../support/empty-database.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase } from '../support/test-database.js';

let testDatabase: TestDatabase;
let pools: pg.Pool[];
let databases: Database[];
beforeEach(async () => {
  testDatabase = await createTestDatabase();
  pools = [1, 2, 3].map(() => createPool({ url: testDatabase.url, maxConnections: 3, onIdleError: () => undefined }));
  databases = pools.map(createDatabase);
});
afterEach(async () => {
  await Promise.all(databases.map((database) => database.destroy()));
  await testDatabase.drop();
});

/** A database that is only slow is not taken for one that is away. */
const PATIENCE_MS = 300_000;

/** One budget for each replica. */
const budgets = (requestsPerMinute: number, key = 'key', patienceMs = PATIENCE_MS): SharedRequestBudget[] =>
  databases.map((database) => new SharedRequestBudget(database, key, requestsPerMinute, patienceMs));

function budgetOf(requestsPerMinute: number, key = 'key', patienceMs = PATIENCE_MS): SharedRequestBudget {
  const [budget] = budgets(requestsPerMinute, key, patienceMs);
  if (!budget) throw new Error('no database');
  return budget;
}

/** All at once, over all replicas in turn. Answers with the kinds that were admitted. */
async function race(replicas: SharedRequestBudget[], kinds: RequestKind[]): Promise<RequestKind[]> {
  const takeFrom = (kind: RequestKind, at: number): Promise<Admission> => {
    const replica = replicas[at % replicas.length];
    return replica ? replica.take(kind) : Promise.reject(new Error('no replica'));
  };
  const admissions = await Promise.all(kinds.map(takeFrom));
  return kinds.filter((_, at) => admissions[at]?.admitted);
}

const many = (kind: RequestKind, times: number): RequestKind[] => Array.from({ length: times }, () => kind);

/** As if so much time had gone by, for the database: everything in it is older. */
async function age(seconds: number): Promise<void> {
  const [database] = databases;
  if (!database) throw new Error('no database');
  await sql`UPDATE novita_request_slots SET free_at = free_at - make_interval(secs => ${seconds})`.execute(database);
  await sql`UPDATE novita_holds SET held_at = held_at - make_interval(secs => ${seconds}),
    held_until = held_until - make_interval(secs => ${seconds})`.execute(database);
}

/** What time it is for the database, whose clock the budget goes by. */
async function databaseMs(): Promise<number> {
  const { rows } = await (pools[0] ?? expect.fail('no database')).query<{ ms: number }>(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms',
  );
  return rows[0]?.ms ?? NaN;
}

describe('one budget of several replicas', () => {
  it('never admits more than the number in any minute, however they race', async () => {
    const replicas = budgets(40);
    const admitted: { notBefore: number; notAfter: number; kind: RequestKind }[] = [];
    let agedSeconds = 0;
    for (let round = 0; round < 24; round++) {
      const kinds = (['read', 'create', 'release'] as const).flatMap((kind, at) =>
        many(kind, 3 + ((round * 7 + at * 5) % 13)),
      );
      const notBefore = agedSeconds + (await databaseMs()) / 1000;
      const raced = await race(replicas, kinds);
      const notAfter = agedSeconds + (await databaseMs()) / 1000;
      for (const kind of raced) admitted.push({ notBefore, notAfter, kind });
      const seconds = (round * 11) % 29;
      await age(seconds);
      agedSeconds += seconds;
    }
    // enough for the limit to have been met in every minute
    expect(admitted.length).toBeGreaterThan(150);
    for (const { notAfter: end } of admitted) {
      // what is certainly within one minute, however long a round took
      const window = admitted.filter(({ notBefore, notAfter }) => notAfter <= end && end - notBefore <= 60);
      expect(window.length).toBeLessThanOrEqual(40);
      expect(window.filter(({ kind }) => kind !== 'release').length).toBeLessThanOrEqual(32);
      expect(window.filter(({ kind }) => kind === 'create').length).toBeLessThanOrEqual(20);
    }
  });

  it.each([
    ['release', 40],
    ['read', 32],
    ['create', 20],
  ] as const)('admits all that a %s may have, to the last one', async (kind, share) => {
    const replicas = budgets(40);
    const raced = await race(replicas, many(kind, 45));
    let count = raced.length;
    while ((await replicas[0]?.take(kind))?.admitted) count += 1;
    expect(count).toBe(share);
  });

  it('admits a release when reads and creates have used all they may', async () => {
    const replicas = budgets(10);
    expect(await race(replicas, [...many('create', 20), ...many('read', 60)])).toHaveLength(8);
    expect(await race(replicas, many('release', 9))).toHaveLength(2);
  });

  it('leaves reads room beside creates', async () => {
    const replicas = budgets(100);
    expect(await race(replicas, many('create', 90))).toHaveLength(50);
    expect(await race(replicas, many('read', 90))).toHaveLength(30);
  });

  it('is one for each key', async () => {
    const [one, other] = [budgets(10, 'one'), budgets(10, 'other')];
    const beganMs = await databaseMs();
    expect(await race(one, many('read', 30))).toHaveLength(8);
    expect(await race(other, many('read', 30))).toHaveLength(8);
    await one[0]?.hold(30);
    await age(20);
    // not at the end of the other's pause: its own minute is not over
    const { nextInMs = 0 } = (await other[1]?.peek('read')) ?? {};
    const elapsedMs = (await databaseMs()) - beganMs;
    expect(nextInMs).toBeGreaterThanOrEqual(60_000 - 20_000 - elapsedMs);
  });

  it.each([1, 2, 3, 4])('never stands still with %i requests a minute', async (limit) => {
    const replicas = budgets(limit);
    expect(await race(replicas, many('read', 9))).toHaveLength(Math.max(1, limit - 1));
    expect(await race(replicas, many('release', 9))).toHaveLength(limit === 1 ? 0 : 1);
    await age(62);
    expect(await race(replicas, many('create', 1))).toHaveLength(1);
  });

  it('says beforehand what it will admit, and when', async () => {
    const replicas = budgets(10);
    const [first] = replicas;
    expect(await first?.peek('release')).toEqual({ available: 10, nextInMs: 0 });
    const beganMs = await databaseMs();
    await race(replicas, many('create', 3));
    expect(await first?.peek('create')).toEqual({ available: 2, nextInMs: 0 });
    expect(await first?.peek('read')).toEqual({ available: 5, nextInMs: 0 });
    await race(replicas, many('read', 5));
    const refusal = await first?.take('read');
    if (refusal?.admitted !== false) throw new Error('one too many');
    expect(refusal.why).toBe('the request budget is used up');
    expect(refusal.nextInMs).toBeGreaterThanOrEqual(60_000 - ((await databaseMs()) - beganMs));
    expect(refusal.nextInMs).toBeLessThanOrEqual(60_001 + ADMISSION_MS);
  });

  it('knows a limit that was raised and one that was lowered', async () => {
    expect(await race(budgets(10), many('release', 30))).toHaveLength(10);
    expect(await race(budgets(20), many('release', 30))).toHaveLength(10);
    await age(62);
    expect(await race(budgets(10), many('release', 30))).toHaveLength(10);
  });
});

describe('a pause that Novita asked for', () => {
  it('holds for reads and creates of all replicas, and not for releases', async () => {
    const replicas = budgets(40);
    const beganMs = await databaseMs();
    await replicas[0]?.hold(30);
    await replicas[1]?.hold(5);
    expect(await race(replicas, [...many('read', 9), ...many('create', 9)])).toEqual([]);
    expect(await race(replicas, many('release', 9))).toHaveLength(9);
    expect(await replicas[2]?.take('read')).toMatchObject({ admitted: false, why: 'Novita asked for a pause' });
    const { available, nextInMs } = (await replicas[2]?.peek('create')) ?? {};
    expect(available).toBe(0);
    expect(nextInMs).toBeGreaterThanOrEqual(30_000 - ((await databaseMs()) - beganMs));
    expect(nextInMs).toBeLessThanOrEqual(30_001);
    await age(30);
    expect(await race(replicas, many('read', 9))).toHaveLength(9);
  });
});

describe('a clock that was put back', () => {
  it('holds requests back for a minute and no longer', async () => {
    const replicas = budgets(10);
    expect(await race(replicas, many('release', 10))).toHaveLength(10);
    await replicas[0]?.hold(30);
    await age(-7200);
    expect(await race(replicas, many('read', 3))).toEqual([]);
    expect(await race(replicas, many('release', 3))).toEqual([]);
    await age(62);
    expect(await race(replicas, many('release', 30))).toHaveLength(10);
  });
});

describe('what is kept', () => {
  it('is no longer than the busiest minute, and goes when it is idle', async () => {
    const replicas = budgets(100_000);
    await race(replicas, many('read', 40));
    const [database] = databases;
    const count = async (): Promise<number | undefined> =>
      (await database?.selectFrom('novita_request_slots').select('number').execute())?.length;
    expect(await count()).toBeLessThanOrEqual(128);
    await age(7200);
    await budgetOf(100_000, 'another').take('read');
    expect(await count()).toBe(8);
  });

  it('does not tell the key', () => {
    const fingerprint = fingerprintOf(new Secret('sk_very_secret'));
    expect(fingerprint).toMatch(/^[0-9a-f]{32}$/);
    expect(fingerprint).not.toBe(fingerprintOf(new Secret('sk_very_secret2')));
  });
});

describe('without a database that answers', () => {
  it('nothing is admitted, not even a release, and nobody waits', async () => {
    const budget = budgetOf(10, 'key', ADMISSION_MS);
    const lock = await pools[1]?.connect();
    await lock?.query('BEGIN; LOCK TABLE novita_request_slots');
    // who waits for the lock gives up when the pool's own limit is over; a budget may not wait as long
    const waiter = pools[2]?.query('SELECT number FROM novita_request_slots').then(
      () => 'the lock',
      () => 'the limit of the pool',
    );
    const asked = Promise.all([budget.take('release'), budget.peek('read'), budget.hold(1)]);
    expect(await Promise.race([asked.then(() => 'the budget'), waiter])).toBe('the budget');
    const [taken, seen] = await asked;
    expect(taken).toMatchObject({ admitted: false, why: expect.stringContaining('database') as string });
    expect(seen).toEqual({ available: 0, nextInMs: 1_000 });
    await lock?.query('ROLLBACK');
    lock?.release();
    await eventually('it is admitted again', async () => (await budget.take('release')).admitted);

    await testDatabase.drop();
    expect((await budget.take('release')).admitted).toBe(false);
  });
});
