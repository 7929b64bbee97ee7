/** Readers follow all events by one cursor: whatever writers do at the same time, they miss nothing and get nothing twice. */
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { migrate, readMigrations } from '../../src/database/migrator.js';
import { createDatabase, createPool } from '../../src/database/pool.js';
import {
  appendEvents,
  eventsAfter,
  readEventsAfter,
  type EventFilter,
  type EventQuery,
  type StoredEvent,
} from '../../src/events/event-log.js';
import type { EventDraft } from '../../src/events/event-catalogue.js';
import { matchesFilter } from '../../src/events/event-filter.js';
import type { Snapshot } from '../../src/novita-instances/domain/instance.js';
import { createEmptyDatabase } from '../support/empty-database.js';
import { eventually } from '../support/eventually.js';
import { BY_CALLER, StoreStage } from '../support/store-stage.js';

const COMMITS = 150;
const WRITERS = 2;

let stage: StoreStage;
beforeAll(async () => {
  stage = await StoreStage.open();
});
afterAll(() => stage.close());

let newest = 0;
beforeEach(async () => {
  newest = (await follow(0)).at(-1)?.position ?? 0;
});

const follow = async (after: number, filter: Partial<EventQuery> = {}): Promise<StoredEvent[]> => {
  const all: StoredEvent[] = [];
  for (;;) {
    const page = await readEventsAfter(stage.database, {
      within: null,
      limit: 100,
      ...filter,
      after: all.at(-1)?.position ?? after,
    });
    if (page.length === 0) return all;
    all.push(...page);
  }
};
const told = ({ subject, seq }: StoredEvent): string => `${subject.id} ${seq}`;
const event = (attempt = 1): EventDraft => ({ type: 'placement.declared_absent', data: { attempt } });
const target = ({ instance }: Snapshot, lastSeq: number) => ({
  subject: { kind: 'instance', id: instance.id } as const,
  lastSeq,
  ...BY_CALLER,
  at: stage.now,
});

describe('the filter in memory', () => {
  it('judges each event as the statement does', async () => {
    const one = await stage.made('filtered-one');
    const two = await stage.made('filtered-two');
    await stage.commit(one.instance.id, { events: [event(), event()], nudge: true });
    const all = await follow(0);
    const filters: EventFilter[] = [
      {},
      { within: one.instance.projectId },
      { within: 'prj_01JGFJJZ00N5MQ2YS3B3X8T1RV' },
      { types: [] },
      { types: ['instance.created'] },
      { types: ['instance.created', 'placement.declared_absent'], subjectId: one.instance.id },
      { subjectId: two.instance.id },
      { actor: all.at(-1)?.actor ?? '' },
      { actor: 'nobody' },
      { hidden: ['instance.created'] },
      { hidden: [], types: ['instance.created'], actor: BY_CALLER.actor },
      { hidden: ['placement.declared_absent'], types: ['placement.declared_absent'] },
    ];
    for (const filter of filters) {
      const matching = all.filter((each) => matchesFilter(filter, each));
      expect(await follow(0, filter), JSON.stringify(filter)).toEqual(matching);
    }
  });
});

describe('a reader by cursor', () => {
  it('gets every event once and in the order of each subject, while two writers commit', async () => {
    const written = new Set<string>();
    let writing = WRITERS;
    const write = async (writer: number): Promise<void> => {
      const own = await Promise.all([0, 1, 2].map((index) => stage.made(`writer-${writer}-${index}`)));
      for (const { instance } of own) written.add(`${instance.id} 1`);
      for (let commit = 0; commit < COMMITS; commit++) {
        const { id } = own[commit % own.length]?.instance ?? { id: '' };
        const events = commit % 4 === 0 ? [event(), event()] : [event()];
        const { instance } = await stage.commit(id, { events, nudge: true });
        events.forEach((_, back) => written.add(`${id} ${instance.lastEventSeq - back}`));
      }
      writing -= 1;
    };
    const read: StoredEvent[] = [];
    const reader = async (): Promise<void> => {
      for (let isLast = false; !isLast;) {
        isLast = writing === 0;
        const page = await readEventsAfter(stage.database, {
          after: read.at(-1)?.position ?? newest,
          within: null,
          limit: 7,
        });
        read.push(...page);
        isLast &&= page.length === 0;
      }
    };
    await Promise.all([write(0), write(1), reader()]);
    expect(read.map(told).toSorted()).toEqual([...written].sort());
    for (const id of new Set(read.map(({ subject }) => subject.id))) {
      const seqs = read.filter(({ subject }) => subject.id === id).map(({ seq }) => seq);
      expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    }
  });

  it('sees no event before those whose transactions took their positions earlier', async () => {
    const [first, second] = [await stage.made('first'), await stage.made('second')];
    const after = (await follow(newest)).at(-1)?.position ?? newest;
    let commitFirst = (): void => undefined;
    const mayCommit = new Promise<void>((resolve) => (commitFirst = resolve));
    let hasAppended = false;
    const slow = stage.database.transaction().execute(async (transaction) => {
      await appendEvents(transaction, target(first, 1), [event()]);
      hasAppended = true;
      await mayCommit;
    });
    await eventually('the first has its position', () => hasAppended);
    let isSecondDone = false;
    const quick = stage.database
      .transaction()
      .execute((transaction) => appendEvents(transaction, target(second, 1), [event()]))
      .then(() => (isSecondDone = true));
    await eventually('the second waits, or is done', async () => isSecondDone || (await waitingForLocks()) > 0);
    const seen = await follow(after);
    commitFirst();
    await Promise.all([slow, quick]);
    seen.push(...(await follow(seen.at(-1)?.position ?? after)));
    expect(seen.map(told)).toEqual([`${first.instance.id} 2`, `${second.instance.id} 2`]);
  });

  const waitingForLocks = async (): Promise<number> => {
    const { rows } = await sql<{ count: number }>`
      SELECT count(*) AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(
      stage.database,
    );
    return rows[0]?.count ?? 0;
  };

  it('gets what is written after an older copy of the database was put in place, and nothing twice', async () => {
    const { instance } = await stage.made('restored');
    const copy = await sql<{ last: number }>`SELECT last FROM event_positions`.execute(stage.database);
    await stage.commit(instance.id, { events: [event(), event()] });
    const before = await follow(newest);
    // as in the copy: the last two are lost, and the counter knows nothing of them
    await sql`ALTER TABLE events DISABLE TRIGGER events_append_only; DELETE FROM events WHERE seq > 1 AND instance_id = ${sql.lit(instance.id)};
      UPDATE instances SET last_event_seq = 1 WHERE id = ${sql.lit(instance.id)}; UPDATE event_positions SET last = ${sql.lit(copy.rows[0]?.last ?? 0)};
      ALTER TABLE events ENABLE TRIGGER events_append_only`.execute(stage.database);
    await stage.commit(instance.id, { events: [event(2)] });
    expect((await follow(before.at(-1)?.position ?? 0)).map(({ data }) => data)).toEqual([{ attempt: 2 }]);
  });

  it('is not led astray by a clock of the database that was set back', async () => {
    const { instance } = await stage.made('in the past');
    const position = (await follow(newest)).at(-1)?.position ?? 0;
    const future = position + 3_600_000_000;
    await sql`UPDATE event_positions SET last = ${future}`.execute(stage.database);
    await stage.commit(instance.id, { events: [event()] });
    expect((await follow(position)).map((found) => found.position)).toEqual([future + 1]);
  });

  it('gets several types in one order, page by page, and nothing of those that are hidden', async () => {
    const { instance } = await stage.made('of many types');
    const absent = event();
    const gone: EventDraft = { type: 'machine.gone', data: { machineId: 'm1' } };
    for (const events of [[absent, gone], [absent], [gone]]) await stage.commit(instance.id, { events });
    const seqs = async (filter: Partial<EventQuery>): Promise<number[]> =>
      (await follow(newest, filter)).map(({ seq }) => seq);
    const types = ['machine.gone', 'placement.declared_absent', 'machine.gone'];
    expect(await seqs({ types })).toEqual([2, 3, 4, 5]);
    expect(await seqs({ types, limit: 1 })).toEqual([2, 3, 4, 5]);
    expect(await seqs({ types, hidden: ['machine.gone'] })).toEqual([2, 4]);
    expect(await seqs({ hidden: ['machine.gone'] })).toEqual([1, 2, 4]);
  });

  it('gets the fleet as a subject of its own, numbered without gaps, whoever freezes and resumes it', async () => {
    const { store } = stage;
    const operator = { actor: 'operator', requestId: 'r-1' } as const;
    for (const detail of ['too many', 'again']) {
      const frozen = { at: stage.now, why: 'kill-rate', detail } as const;
      await store.changeGuard((guard) => ({ ...guard, frozen }));
      await store.changeGuard((guard) => ({ ...guard, trouble: 'no news of the fleet' }));
      await store.changeGuard((guard) => ({ ...guard, frozen: null }), operator);
    }
    const round = (seq: number) => [
      { seq, type: 'fleet.frozen', actor: 'policy:fleet-guard', requestId: null, data: { why: 'kill-rate' } },
      { seq: seq + 1, type: 'fleet.resumed', actor: 'operator', requestId: 'r-1', data: { why: 'kill-rate' } },
    ];
    expect(await follow(newest, { subjectId: 'fleet' })).toMatchObject([...round(1), ...round(3)]);
  });
});

describe('the page behind a cursor', () => {
  // a log that is long enough for PostgreSQL to prefer an index, and of which it has statistics
  let log: StoreStage;
  beforeAll(async () => {
    log = await StoreStage.open();
    await sql`INSERT INTO events (subject_kind, subject_id, seq, type, data, actor, at, position)
      SELECT 'fleet', 'subject-' || n % 500, n, 'type-' || n % 20, '{}', 'policy:' || n % 10, now(), n
      FROM generate_series(1, 20000) AS n`.execute(log.database);
    await sql`ANALYZE events`.execute(log.database);
  });
  afterAll(() => log.close());

  it.each<[string, Partial<EventQuery>]>([
    ['events_position_key', {}],
    ['events_of_subject', { subjectId: 'fleet' }],
    ['events_of_actor', { actor: 'operator' }],
    ['events_of_project', { within: 'prj_01JGFJJZ00N5MQ2YS3B3X8T1RV' }],
    ['events_of_type', { types: ['status.changed'] }],
    ['events_of_type', { types: ['status.changed', 'fleet.frozen'] }],
  ])('is read by %s for %j', async (index, filter) => {
    const query = eventsAfter({ within: null, after: 5, limit: 20, ...filter });
    const { rows } = await sql<Record<string, string>>`EXPLAIN (COSTS OFF) ${query}`.execute(log.database);
    const plan = rows.map((row) => row['QUERY PLAN'] ?? '').join('\n');
    expect(plan).toContain(`using ${index} `);
    // a sort would read all that the filter finds before the first of them is answered; of several types it sorts their pages
    if ((filter.types?.length ?? 0) < 1) expect(plan).not.toContain('Sort');
    expect(plan).toContain('"position" > ');
  });
});

describe('code from before the cursor', () => {
  it('writes events that the cursor shows, on the same database', async () => {
    const { instance } = await stage.made('older');
    const after = (await follow(newest)).at(-1)?.position ?? newest;
    await sql`INSERT INTO events (instance_id, seq, type, data, actor, at)
      VALUES (${instance.id}, 2, 'x.happened', '{}', 'reconciler', ${stage.now})`.execute(stage.database);
    expect(await follow(after)).toMatchObject([
      { subject: { kind: 'instance', id: instance.id }, seq: 2, actor: 'reconciler', requestId: null },
    ]);
  });

  it('has its events put in the order of their times, and never against the numbers of an instance', async () => {
    const copy = await createEmptyDatabase(inject('testDatabaseServer').url);
    const { url } = copy;
    try {
      const before = (await readMigrations()).filter(({ number }) => number < 12);
      await migrate(url, before);
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const ids = ['ins_01JGFJJZ00N5MQ2YS3B3X8T1RV', 'ins_01JGFJJZ01N5MQ2YS3B3X8T1RV'];
      for (const id of ids) {
        await client.query(
          `INSERT INTO instances (id, name, spec, desired, generation, version, last_event_seq, progress, status, watch_closely,
             labels, created_at, updated_at) VALUES ($1, $1, '{}', 'running', 1, 1, 3, '{}', 'x', false, '{}', now(), now())`,
          [id],
        );
      }
      // the clock was set back after the second event of the first
      const minutes: [string, number, number][] = [
        [ids[0] ?? '', 1, 10],
        [ids[0] ?? '', 2, 40],
        [ids[0] ?? '', 3, 15],
        [ids[1] ?? '', 1, 20],
        [ids[1] ?? '', 2, 50],
      ];
      for (const [id, seq, minute] of minutes) {
        const at = new Date(Date.UTC(2026, 0, 1, 0, minute));
        await client.query(`INSERT INTO events VALUES ($1, $2, 'x.happened', '{}', 'caller', $3)`, [id, seq, at]);
      }
      await client.end();
      expect(await migrate(url)).toContain('0012_event_positions.sql');
      const database = createDatabase(createPool({ url, maxConnections: 1, onIdleError: () => undefined }));
      const all = await readEventsAfter(database, { within: null, after: 0, limit: 9 });
      await database.destroy();
      expect(all.map(({ position, subject, seq }) => [position, ids.indexOf(subject.id), seq])).toEqual([
        [1, 0, 1],
        [2, 1, 1],
        [3, 0, 2],
        [4, 0, 3],
        [5, 1, 2],
      ]);
    } finally {
      await copy.drop();
    }
  });
});
