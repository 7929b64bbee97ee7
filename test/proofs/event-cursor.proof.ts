/**
 * Two writers commit events at a pace, and a reader follows them by its cursor. In the middle the database is lost, and a backup from the
 * first half is put in its place by `restore.sh`; the reader goes on by the cursor it had. Wants a `pg_dump` that is as new as the
 * server, which `TEST_DATABASE_URL` may name.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, createPool, type Database } from '../../src/database/pool.js';
import { readEventsAfter, type StoredEvent } from '../../src/events/event-log.js';
import type { Instance } from '../../src/novita-instances/domain/instance.js';
import { newInstance } from '../../src/novita-instances/domain/commands.js';
import { UNLIMITED } from '../../src/vocabulary/limits.js';
import { Quotas } from '../../src/novita-instances/store/quotas.js';
import { PostgresInstanceStore } from '../../src/novita-instances/store/postgres-instance-store.js';
import { Sealing } from '../../src/secrets/sealing.js';
import { systemClock } from '../../src/time/clock.js';
import { Ids, systemRandom } from '../../src/time/ids.js';
import { destroyContents, runDeployScript } from '../support/deploy-script.js';
import { eventually } from '../support/eventually.js';
import { aSpec } from '../support/snapshot-builder.js';
import { Latencies } from '../support/figure.js';
import { atPace } from '../support/pace.js';
import { BY_CALLER, CREATED } from '../support/store-stage.js';
import { createTestDatabase } from '../support/test-database.js';

const SECONDS = Number(process.env['EVENTS_SECONDS'] ?? 60);
const PER_SECOND = Number(process.env['EVENTS_COMMITS_PER_SECOND'] ?? 200);
const WRITERS = 2;
const INSTANCES = 40;
const POLLS_PER_SECOND = 50;

const NO_QUEUE = { enqueue: () => Promise.resolve(), enqueueAll: () => Promise.resolve() };

/** Commits to instances of its own, to each of them one commit at a time. What it has committed is marked by numbers. */
class Writer {
  readonly latencies = new Latencies();
  private readonly database: Database;
  private readonly store: PostgresInstanceStore;
  private idle: Instance[] = [];
  private readonly running = new Set<Promise<void>>();
  private ids: string[] = [];
  commits = 0;

  constructor(
    url: string,
    private readonly marks: { next: number; committed: Set<number> },
  ) {
    this.database = createDatabase(createPool({ url, maxConnections: 8, onIdleError: () => undefined }));
    const sealing = new Sealing('the secret of the deployment');
    this.store = new PostgresInstanceStore(this.database, sealing, NO_QUEUE, systemClock, new Quotas(UNLIMITED));
  }

  async makeInstances(): Promise<void> {
    const ids = new Ids(systemClock, systemRandom);
    this.ids = Array.from({ length: INSTANCES }, () => `ins_${ids.ulid()}`);
    for (const id of this.ids) {
      await this.store.create(newInstance(id, id, aSpec(), new Date()), [CREATED], null, BY_CALLER);
    }
  }

  /** As they are in the database now. */
  async loadInstances(): Promise<void> {
    this.idle = (await this.store.loadAll(this.ids)).map(({ instance }) => instance);
  }

  begin(): void {
    const before = this.idle.shift();
    if (!before) return;
    const work = this.commit(before).finally(() => this.running.delete(work));
    this.running.add(work);
  }

  private async commit(before: Instance): Promise<void> {
    const marks = before.version % 4 === 0 ? [this.marks.next++, this.marks.next++] : [this.marks.next++];
    const events = marks.map((attempt) => ({ type: 'placement.declared_absent' as const, data: { attempt } }));
    const change = { before, after: before, events, nudge: true, ...BY_CALLER };
    if (!(await this.latencies.measure(() => this.store.commit(change)))) throw new Error('nobody else writes here');
    for (const mark of marks) this.marks.committed.add(mark);
    this.commits += 1;
    this.idle.push({ ...before, version: before.version + 1, lastEventSeq: before.lastEventSeq + events.length });
  }

  async rest(): Promise<void> {
    await Promise.all(this.running);
  }

  close(): Promise<void> {
    return this.database.destroy();
  }
}

/** Follows the log for as long as it is open, whatever becomes of the database meanwhile. */
class Reader {
  readonly read: StoredEvent[] = [];
  private readonly database: Database;
  private readonly closing = new AbortController();
  private readonly work: Promise<void>;
  private asking: Promise<void> | null = null;
  /** Answers that were empty, and questions that failed. */
  empty = 0;
  failed = 0;

  constructor(url: string) {
    this.database = createDatabase(createPool({ url, maxConnections: 1, onIdleError: () => undefined }));
    const begin = (): void => {
      this.asking ??= this.ask().finally(() => (this.asking = null));
    };
    this.work = atPace(POLLS_PER_SECOND, begin, this.closing.signal);
  }

  /** All that is there. */
  private async ask(): Promise<void> {
    try {
      for (;;) {
        const page = await readEventsAfter(this.database, {
          after: this.read.at(-1)?.position ?? 0,
          within: null,
          limit: 100,
        });
        if (page.length === 0) break;
        this.read.push(...page);
      }
      this.empty += 1;
    } catch {
      this.failed += 1;
    }
  }

  /** Resolves when it has found nothing new in a question that it began from now on. */
  async untilAtEnd(): Promise<void> {
    const known = this.empty + 1;
    await eventually('the reader is at the end', () => this.empty > known);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.work;
    await this.asking;
    await this.database.destroy();
  }
}

let directory: string;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let writers: Writer[];
let reader: Reader;
const marks = { next: 1, committed: new Set<number>() };

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'novitai-events-'));
  database = await createTestDatabase();
  writers = Array.from({ length: WRITERS }, () => new Writer(database.url, marks));
  reader = new Reader(database.url);
});
afterAll(async () => {
  await reader.close();
  for (const writer of writers) await writer.close();
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

/** At the pace, as much as so many seconds take. */
const write = async (seconds: number): Promise<void> => {
  for (const writer of writers) await writer.loadInstances();
  const perWriter = PER_SECOND / WRITERS;
  await Promise.all(
    writers.map((writer) => {
      const over = new AbortController();
      let left = perWriter * seconds;
      const begin = (): void => {
        if (left-- > 0) writer.begin();
        else over.abort();
      };
      return atPace(perWriter, begin, over.signal);
    }),
  );
  for (const writer of writers) await writer.rest();
  await reader.untilAtEnd();
};

const marksOf = (events: StoredEvent[]): number[] =>
  events.flatMap(({ data: { attempt } }) => (typeof attempt === 'number' ? [attempt] : []));

/** How many events of a subject do not follow the one before. */
const disorder = (events: StoredEvent[]): number => {
  const last = new Map<string, number>();
  return events.filter(({ subject: { id }, seq }) => {
    const before = last.get(id);
    last.set(id, seq);
    return before !== undefined && seq !== before + 1;
  }).length;
};

const judge = (when: string, events: StoredEvent[], commits: number): void => {
  const read = marksOf(events);
  const seen = new Set(read);
  const missed = [...marks.committed].filter((mark) => !seen.has(mark)).length;
  const repeated = read.length - seen.size + events.length - new Set(events.map(({ position }) => position)).size;
  const unknown = read.filter((mark) => !marks.committed.has(mark)).length;
  console.log(
    `FIGURE events ${when}: ${commits} commits by ${WRITERS} writers, ${read.length} events read, ${missed} missed, ` +
      `${repeated} repeated, ${disorder(events)} out of the order of their subject`,
  );
  expect({ missed, repeated, unknown, disorder: disorder(events) }).toEqual({
    missed: 0,
    repeated: 0,
    unknown: 0,
    disorder: 0,
  });
  expect(read.length).toBeGreaterThan(0);
};
const commits = (): number => writers.reduce((sum, writer) => sum + writer.commits, 0);

it(`a reader by cursor misses nothing and gets nothing twice, at ${PER_SECOND} commits a second and over a restore`, async () => {
  const environment = { DATABASE_URL: database.url };
  for (const writer of writers) await writer.makeInstances();
  await write(SECONDS / 4);
  // an older backup: what is written from here on will be lost
  const [made] = await Promise.all([
    runDeployScript('backup.sh', ['--to', directory, '--no-image'], environment),
    write(SECONDS / 4),
  ]);
  expect(made).not.toBe('');
  const before = [...reader.read];
  const commitsBefore = commits();
  judge('before the restore', before, commitsBefore);

  await destroyContents(database.url);
  const [set = ''] = await readdir(directory);
  await runDeployScript('restore.sh', [path.join(directory, set)], environment);
  const { rows } = await lost();
  marks.committed.clear();
  await write(SECONDS / 2);
  const after = reader.read.slice(before.length);
  judge('after the restore', after, commits() - commitsBefore);
  // and over both halves no event has the place of another
  expect(new Set(reader.read.map(({ position }) => position)).size).toBe(reader.read.length);
  console.log(
    `FIGURE events: ${commits()} commits at ${PER_SECOND} a second; the backup lacked ${before.length - rows} of ` +
      `${before.length} events that the reader had; ${reader.failed} of its questions failed while the database was away; ` +
      `commits took ${writers.map(({ latencies }) => String(latencies)).join(' and ')}`,
  );
});

/** How many events the restored database has. */
const lost = async (): Promise<{ rows: number }> => {
  const restored = createDatabase(createPool({ url: database.url, maxConnections: 1, onIdleError: () => undefined }));
  const { count } = await restored
    .selectFrom('events')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  await restored.destroy();
  return { rows: count };
};
