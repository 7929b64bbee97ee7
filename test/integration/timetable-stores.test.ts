/** Leases and what is known of background tasks: on PostgreSQL, and in memory, which the simulation trusts. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TaskRun } from '../../src/timetable/background-task.js';
import type { LeaseStore } from '../../src/timetable/lease-store.js';
import { PostgresLeaseStore } from '../../src/timetable/postgres-lease-store.js';
import { PostgresTaskRunStore } from '../../src/timetable/postgres-task-run-store.js';
import type { TaskRunStore } from '../../src/timetable/task-run-store.js';
import { addSeconds } from '../../src/time/clock.js';
import { MemoryTimetable } from '../simulation/memory-timetable.js';
import { at, T0 } from '../support/snapshot-builder.js';
import { StoreStage } from '../support/store-stage.js';
import { record } from './store-contract/record.js';

type Stores = LeaseStore & TaskRunStore;

const LISTS = 60;
const COMMANDS_AT_MOST = 60;
/** The lease is timed by the clock of PostgreSQL, which no test can move: none of these ends by itself. */
const FOR_LONG = 1e8;

let stage: StoreStage;
let postgres: Stores;
beforeAll(async () => {
  stage = await StoreStage.open();
  postgres = both(new PostgresLeaseStore(stage.database), new PostgresTaskRunStore(stage.database));
});
afterAll(() => stage.close());
const empty = (): Promise<unknown> => sql`DELETE FROM leases; DELETE FROM background_tasks`.execute(stage.database);

const both = (leases: LeaseStore, runs: TaskRunStore): Stores => ({
  takeLease: (...args) => leases.takeLease(...args),
  releaseLease: (...args) => leases.releaseLease(...args),
  record: (...args) => runs.record(...args),
  all: () => runs.all(),
  requestActivation: (...args) => runs.requestActivation(...args),
  takeActivations: (...args) => runs.takeActivations(...args),
  forgetProcess: (...args) => runs.forgetProcess(...args),
  forgetProcessesBefore: (...args) => runs.forgetProcessesBefore(...args),
});

const aRun = (changes: Partial<TaskRun> = {}): TaskRun => ({
  name: 'sweep',
  process: null,
  replica: 'one',
  beganAt: T0,
  endedAt: at(1),
  durationMs: 1_000,
  status: { due: 12, word: 'all', isLast: true, none: null },
  error: null,
  failuresInRow: 0,
  succeededAt: at(1),
  nextRunAt: at(61),
  ...changes,
});

const name = fc.constantFrom('sweep', 'clock', 'upkeep');
const replica = fc.constantFrom('one', 'two');
const second = fc.nat(9);

const COMMANDS: readonly fc.Arbitrary<{ text: string; run: (stores: Stores) => Promise<unknown> }>[] = [
  record({ name, replica }).map((given) => ({
    text: `takeLease ${JSON.stringify(given)}`,
    run: (stores) => stores.takeLease(given.name, given.replica, FOR_LONG),
  })),
  record({ name, replica }).map((given) => ({
    text: `releaseLease ${JSON.stringify(given)}`,
    run: (stores) => stores.releaseLease(given.name, given.replica),
  })),
  record({ name, replica, isOfDeployment: fc.boolean(), began: second, failures: fc.nat(3) }).map((given) => ({
    text: `record ${JSON.stringify(given)}`,
    run: (stores) =>
      stores.record(
        aRun({
          name: given.name,
          process: given.isOfDeployment ? null : given.replica,
          replica: given.replica,
          beganAt: at(given.began),
          failuresInRow: given.failures,
          ...(given.failures > 0 && { error: 'no', status: null, succeededAt: null, endedAt: null, durationMs: null }),
        }),
      ),
  })),
  record({ name, isOfDeployment: fc.boolean(), second }).map((given) => ({
    text: `requestActivation ${JSON.stringify(given)}`,
    run: (stores) => stores.requestActivation(given.name, given.isOfDeployment, at(given.second)),
  })),
  record({ replica, names: fc.uniqueArray(name) }).map((given) => ({
    text: `takeActivations ${JSON.stringify(given)}`,
    run: async (stores) => (await stores.takeActivations(given.replica, given.names)).toSorted(),
  })),
  replica.map((given) => ({ text: `forgetProcess ${given}`, run: (stores) => stores.forgetProcess(given) })),
  second.map((given) => ({
    text: `forgetProcessesBefore ${given}`,
    run: (stores) => stores.forgetProcessesBefore(at(given)),
  })),
];

describe('the stores of the timetable in memory', () => {
  it('answer every list of commands as those on PostgreSQL do', async () => {
    const command = fc.oneof(...COMMANDS).map((one) => ({ ...one, [fc.toStringMethod]: () => one.text }));
    let answers = 0;
    const property = fc.asyncProperty(fc.array(command, { maxLength: COMMANDS_AT_MOST, size: 'max' }), async (list) => {
      await empty();
      const memory = new MemoryTimetable({ now: () => T0, monotonicMs: () => 0 });
      for (const { text, run } of list) {
        const said = await run(postgres);
        expect(await run(memory), text).toEqual(said);
        expect(await memory.all(), text).toEqual(await postgres.all());
        answers += 1;
      }
    });
    await fc.assert(property, { numRuns: LISTS });
    expect(answers).toBeGreaterThan(LISTS);
  });
});

describe.each(['memory', 'postgres'])('the store of runs in %s', (kind) => {
  let runs: TaskRunStore;
  beforeEach(async () => {
    await empty();
    runs = kind === 'postgres' ? postgres : new MemoryTimetable({ now: () => T0, monotonicMs: () => 0 });
  });

  it('keeps one row of a duty of the deployment, whichever replica runs it, and one of each process of the others', async () => {
    for (const replica of ['one', 'two']) {
      await runs.record(aRun({ replica }));
      await runs.record(aRun({ name: 'clock', process: replica, replica }));
    }
    expect((await runs.all()).map(({ name, process, replica }) => [name, process, replica])).toEqual([
      ['clock', 'one', 'one'],
      ['clock', 'two', 'two'],
      ['sweep', null, 'two'],
    ]);
  });

  it('keeps a request until the replica that may do it takes it up, and gives it to one only', async () => {
    await runs.requestActivation('sweep', true, T0);
    await runs.record(aRun());
    expect(await runs.takeActivations('one', [])).toEqual([]);
    expect((await runs.all())[0]).toMatchObject({ activateRequestedAt: T0, status: { due: 12 } });
    expect(await Promise.all(['one', 'two'].map((replica) => runs.takeActivations(replica, ['sweep'])))).toContainEqual(
      ['sweep'],
    );
    expect(await runs.takeActivations('one', ['sweep'])).toEqual([]);
  });

  it('asks every process for a duty of each', async () => {
    for (const process of ['one', 'two']) await runs.record(aRun({ name: 'clock', process, replica: process }));
    await runs.requestActivation('clock', false, T0);
    expect(await runs.takeActivations('one', [])).toEqual(['clock']);
    expect(await runs.takeActivations('two', [])).toEqual(['clock']);
  });
});

describe('a stored status', () => {
  it.each([
    ['[1, 2]', null],
    ['"text"', null],
    ['null', null],
    ['{"due": 3, "list": [1], "inner": {"a": 1}, "word": "w"}', { due: 3, word: 'w' }],
  ])('of the shape %s is read as %j', async (stored, read) => {
    await empty();
    await postgres.record(aRun());
    await sql`UPDATE background_tasks SET status = ${stored}::jsonb`.execute(stage.database);
    expect((await postgres.all())[0]?.status).toEqual(read);
  });
});

describe('a lease', () => {
  beforeEach(() => empty());
  const take = (name: string, holder: string, seconds = 60) => postgres.takeLease(name, holder, seconds);

  it('is held by one at a time, who may renew it and give it back', async () => {
    expect(await take('one', 'a')).toBe(true);
    expect(await take('one', 'b')).toBe(false);
    expect(await take('one', 'a')).toBe(true);
    await postgres.releaseLease('one', 'b');
    expect(await take('one', 'b')).toBe(false);
    await postgres.releaseLease('one', 'a');
    expect(await take('one', 'b')).toBe(true);
    expect(await take('one', 'a')).toBe(false);
  });

  it('of a holder who is silent is over by the database’s clock', async () => {
    expect(await take('silent', 'a')).toBe(true);
    expect(await take('silent', 'b')).toBe(false);
    // a lease that ended in the past: what waiting would do
    expect(await take('ended', 'a', -1)).toBe(true);
    expect(await take('ended', 'b')).toBe(true);
    expect(await take('ended', 'a')).toBe(false);
  });

  it('in memory is over by the clock that is given', async () => {
    let now = T0;
    const memory = new MemoryTimetable({ now: () => now, monotonicMs: () => 0 });
    expect(await memory.takeLease('one', 'a', 8)).toBe(true);
    now = addSeconds(T0, 8);
    expect(await memory.takeLease('one', 'b', 8)).toBe(false);
    now = addSeconds(T0, 8.001);
    expect(await memory.takeLease('one', 'b', 8)).toBe(true);
  });

  it('that many want at once goes to one', async () => {
    const got = await Promise.all(Array.from({ length: 12 }, (_, index) => take('wanted', `holder-${index}`)));
    expect(got.filter(Boolean)).toHaveLength(1);
  });

  it('is held by one until it ends, unless it ends later than it can, by a clock that was put back since', async () => {
    const [one, two] = ['one', 'two'].map((holder) => () => take('put back', holder, 600));
    expect([await one?.(), await two?.(), await one?.()]).toEqual([true, false, true]);
    await stage.database
      .updateTable('leases')
      .set({ expires_at: sql`now() + interval '1 hour'` })
      .where('name', '=', 'put back')
      .execute();
    expect([await two?.(), await one?.()]).toEqual([true, false]);
  });
});
