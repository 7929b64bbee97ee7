import { Injectable, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { INestApplicationContext } from '@nestjs/common';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { Secret } from '../../src/config/config.js';
import { AppConfigModule } from '../../src/config/config.module.js';
import { DATABASE, DatabaseModule } from '../../src/database/database.module.js';
import type { Database } from '../../src/database/pool.js';
import { HandlesJob, type JobContext, type JobHandler } from '../../src/jobs/handles-job.decorator.js';
import { JobsService } from '../../src/jobs/jobs.service.js';
import { defineJob } from '../../src/jobs/job-definition.js';
import type { JobDto } from '../../src/jobs/job.dto.js';
import { JobQueue } from '../../src/jobs/job-queue.js';
import { JobRunner } from '../../src/jobs/job-runner.js';
import { JobsModule } from '../../src/jobs/jobs.module.js';
import type { AnyJobDefinition } from '../../src/jobs/match-handlers.js';
import { eventually } from '../support/eventually.js';
import { beginFigure } from '../support/figure.js';
import { killedJob } from '../support/killed-job.js';
import { startTypescript } from '../support/typescript-process.js';
import { type ConfigChanges, testConfig } from '../support/test-config.js';
import { createTestDatabase } from '../support/test-database.js';
import { createEmptyDatabase, type TestDatabase } from '../support/empty-database.js';
import { JobFigures } from '../../src/metrics/job-figures.js';
import { LoggingModule } from '../../src/logging/logging.module.js';
import { MetricsModule } from '../../src/metrics/metrics.module.js';
import { BackgroundTasks } from '../../src/timetable/background-tasks.service.js';
import { TimetableModule } from '../../src/timetable/timetable.module.js';
import { systemClock } from '../../src/time/clock.js';
import { TimeModule } from '../support/time.module.js';

interface Work {
  id: string;
}

const KEEP = { retryDelaySeconds: 1, retryDelayMaxSeconds: 1, timeoutSeconds: 60, keepFinishedSeconds: 60 };
const keyed = defineJob<Work>({ name: 'keyed', key: ({ id }) => id, retries: 2, ...KEEP });
const plain = defineJob<Work>({ name: 'plain', retries: 2, ...KEEP });
const DEFINITIONS = [keyed, plain];

type Do = (data: Work, context: JobContext) => Promise<void>;

/** What the handlers do in the test that runs; each call is noted before. */
let doIt: Do;
let calls: { name: string; id: string; retryCount: number }[];

const note = async (name: string, data: Work, context: JobContext): Promise<void> => {
  calls.push({ name, id: data.id, retryCount: context.retryCount });
  await doIt(data, context);
};

@HandlesJob(keyed)
@Injectable()
class KeyedHandler implements JobHandler<Work> {
  handle(data: Work, context: JobContext): Promise<void> {
    return note('keyed', data, context);
  }
}

@HandlesJob(plain)
@Injectable()
class PlainHandler implements JobHandler<Work> {
  handle(data: Work, context: JobContext): Promise<void> {
    return note('plain', data, context);
  }
}

@HandlesJob(plain)
@Injectable()
class SecondPlainHandler extends PlainHandler {}

/** A gate that handlers wait at until the test opens it. */
const gate = () => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
};

describe('jobs', () => {
  let database: TestDatabase;
  let apps: INestApplicationContext[];

  beforeEach(async () => {
    database = await createTestDatabase();
    apps = [];
    calls = [];
    doIt = () => Promise.resolve();
  });

  afterEach(async () => {
    vi.useRealTimers();
    await Promise.all(apps.map((app) => app.close()));
    await database.drop();
  });

  const start = async (
    changes: ConfigChanges = {},
    handlers: Type[] = [KeyedHandler, PlainHandler],
    definitions: AnyJobDefinition[] = DEFINITIONS,
  ): Promise<INestApplicationContext> => {
    @Module({
      imports: [
        AppConfigModule.forRoot(testConfig(database.url, changes)),
        DatabaseModule,
        TimeModule,
        MetricsModule.forRoot(),
        LoggingModule.forRoot({ level: 'silent' }),
        TimetableModule,
        JobsModule.forRoot({ definitions }),
      ],
      providers: handlers,
    })
    class TestModule {}
    const app = await NestFactory.createApplicationContext(TestModule, { logger: false, abortOnError: false });
    apps.push(app);
    return app;
  };

  const jobsOf = async (app: INestApplicationContext): Promise<JobDto[]> =>
    (await app.get(JobsService).list({ limit: 100 })).data;

  /** Has the queue put in order by the worker among the applications. */
  const upkeep = async (app: INestApplicationContext): Promise<void> => {
    const tasks = app.get(BackgroundTasks);
    const succeededAt = async () => (await tasks.find('job-upkeep')).runs[0]?.succeededAt?.getTime() ?? 0;
    await eventually('the upkeep has run', async () => (await succeededAt()) > 0);
    const before = await succeededAt();
    await tasks.activate('job-upkeep');
    await eventually('the upkeep has run again', async () => (await succeededAt()) > before);
  };

  /** No poll and no heartbeat comes but those that the test brings about. */
  const standStill = () => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });

  it('an enqueued job runs by notification alone, without a poll', async () => {
    standStill();
    const app = await start();
    for (let round = 0; round < 5; round += 1) {
      await app.get(JobQueue).enqueue(plain, { id: String(round) });
      await eventually('the job runs', () => calls.some(({ id }) => id === String(round)));
      // the end of a job asks for the next one: what follows must not be found by that
      await eventually('nothing is under way', () => app.get(JobRunner).runningCount === 0);
      await eventually('it is done', async () => (await jobsOf(app)).every(({ state }) => state === 'done'));
    }
  });

  it('a job exists if and only if the transaction that asked for it commits', async () => {
    const app = await start({ server: { role: 'api' } });
    const db = app.get<Database>(DATABASE);
    const abandoned = db.transaction().execute(async (transaction) => {
      await app.get(JobQueue).enqueue(keyed, { id: 'a' }, { transaction });
      await app.get(JobQueue).enqueue(plain, { id: 'a' }, { transaction });
      throw new Error('rolled back');
    });
    await expect(abandoned).rejects.toThrow('rolled back');
    expect(await jobsOf(app)).toEqual([]);
    await db.transaction().execute((transaction) => app.get(JobQueue).enqueue(plain, { id: 'b' }, { transaction }));
    expect(await jobsOf(app)).toMatchObject([{ name: 'plain', state: 'waiting', data: { id: 'b' } }]);
  });

  it('under one key at most one job waits and one runs, over all replicas', async () => {
    const { opened, open } = gate();
    let atOnce = 0;
    let most = 0;
    doIt = async () => {
      most = Math.max(most, (atOnce += 1));
      await opened;
      atOnce -= 1;
    };
    const [one, two] = await Promise.all([start(), start()]);
    await one.get(JobQueue).enqueue(keyed, { id: 'a' });
    await eventually('the first runs', () => calls.length === 1);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 ? one : two).get(JobQueue).enqueue(keyed, { id: 'a' })),
    );
    expect((await jobsOf(one)).map(({ state }) => state).sort()).toEqual(['running', 'waiting']);
    open();
    await eventually('both are done', async () => (await jobsOf(one)).every(({ state }) => state === 'done'));
    expect(calls).toHaveLength(2);
    expect(most).toBe(1);
  });

  it('a nudge pulls a retry forward instead of waiting beside it', async () => {
    const slow = { ...keyed, name: 'slow', retryDelaySeconds: 3600, retryDelayMaxSeconds: 3600 };
    @HandlesJob(slow)
    @Injectable()
    class SlowHandler extends KeyedHandler {}
    doIt = () => (calls.length === 1 ? Promise.reject(new Error('not yet')) : Promise.resolve());
    const app = await start({}, [SlowHandler], [slow]);
    await app.get(JobQueue).enqueue(slow, { id: 'a' });
    await eventually('it waits for its retry', async () => (await jobsOf(app))[0]?.state === 'retrying');
    await app.get(JobQueue).enqueue(slow, { id: 'a' });
    await eventually('it is done', async () => (await jobsOf(app))[0]?.state === 'done');
    expect(calls.map(({ retryCount }) => retryCount)).toEqual([0, 1]);
  });

  it('a run that fails while the next one waits leaves just the one that waits', async () => {
    const { opened, open } = gate();
    doIt = async () => {
      if (calls.length > 1) return;
      await opened;
      throw new Error('too early');
    };
    const app = await start();
    await app.get(JobQueue).enqueue(keyed, { id: 'a' });
    await eventually('the first runs', () => calls.length === 1);
    await app.get(JobQueue).enqueue(keyed, { id: 'a' });
    open();
    await eventually('all are done', async () => (await jobsOf(app)).every(({ state }) => state === 'done'));
    expect(calls).toHaveLength(2);
  });

  it('a waiting job that a transaction asks for again is not started before that transaction commits', async () => {
    const app = await start({ server: { role: 'api' } });
    await app.get(JobQueue).enqueue(keyed, { id: 'a' });
    let committed = false;
    let seenCommitted: boolean | undefined;
    doIt = ({ id }) => {
      if (id === 'a') seenCommitted = committed;
      return Promise.resolve();
    };
    await app
      .get<Database>(DATABASE)
      .transaction()
      .execute(async (transaction) => {
        await app.get(JobQueue).enqueue(keyed, { id: 'a' }, { transaction });
        await start({ server: { role: 'worker' } });
        await app.get(JobQueue).enqueue(keyed, { id: 'b' });
        await eventually('the worker has taken what it may', () => calls.some(({ id }) => id === 'b'));
        committed = true;
      });
    await eventually('it runs', () => calls.some(({ id }) => id === 'a'));
    expect(seenCommitted).toBe(true);
  });

  it('a job that begins while it is asked for again runs once more, for what it could not know', async () => {
    const { opened, open } = gate();
    doIt = () => opened;
    const app = await start({ server: { role: 'api' } });
    const queue = app.get(JobQueue);
    const db = app.get<Database>(DATABASE);
    const first = gate();
    let asked = false;
    const other = db.transaction().execute(async (transaction) => {
      await queue.enqueue(keyed, { id: 'a' }, { transaction });
      asked = true;
      await first.opened;
    });
    await eventually('the other has asked, and has not committed', () => asked);
    let statements = 0;
    const again = db.transaction().execute(async (transaction) => {
      const slow = transaction.withPlugin({
        transformQuery: ({ node }) => node,
        transformResult: async ({ result }) => {
          statements += 1;
          // the insert has met the other's job, which begins only now: it runs before this is told of it
          if (statements === 2) {
            await start({ server: { role: 'worker' } });
            await eventually('it runs', () => calls.length === 1);
          }
          return result;
        },
      });
      await queue.enqueue(keyed, { id: 'a' }, { transaction: slow });
    });
    await eventually('its insert waits for the other', async () => {
      const { rows } = await sql`SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query ILIKE '%insert%'`.execute(db);
      return statements === 1 && rows.length === 1;
    });
    first.open();
    await Promise.all([other, again]);
    open();
    await eventually('it has run again', () => calls.length === 2);
    expect(statements).toBeGreaterThan(3);
  });

  describe('after the clock of the database was an hour ahead and came back', () => {
    const putAhead = (db: Database, ...columns: string[]) =>
      sql`UPDATE pgboss.job SET ${sql.join(
        columns.map((column) => sql`${sql.ref(column)} = ${sql.ref(column)} + interval '1 hour'`),
      )}`.execute(db);

    it('a job that waits is started', async () => {
      const app = await start({ server: { role: 'api' } });
      await app.get(JobQueue).enqueue(keyed, { id: 'a' });
      await putAhead(app.get<Database>(DATABASE), 'created_on', 'start_after');
      await start({ server: { role: 'worker' } });
      await eventually('it is done', async () => (await jobsOf(app))[0]?.state === 'done');
    });

    it('a job that waits for its retry is retried', async () => {
      doIt = () => (calls.length === 1 ? Promise.reject(new Error('not yet')) : Promise.resolve());
      const slow = { ...plain, name: 'slow', retryDelaySeconds: 1800, retryDelayMaxSeconds: 1800 };
      @HandlesJob(slow)
      @Injectable()
      class SlowHandler extends PlainHandler {}
      const app = await start({}, [SlowHandler], [slow]);
      await app.get(JobQueue).enqueue(slow, { id: 'a' });
      await eventually('it waits for its retry', async () => (await jobsOf(app))[0]?.state === 'retrying');
      await upkeep(app);
      expect((await jobsOf(app))[0]?.state).toBe('retrying');
      await putAhead(app.get<Database>(DATABASE), 'start_after');
      await upkeep(app);
      await eventually('it is done', async () => (await jobsOf(app))[0]?.state === 'done');
    });

    it('a job of a dead worker is taken back', async () => {
      const { opened, open } = gate();
      doIt = ({ id }) => (calls.filter((call) => call.id === id).length === 1 ? opened : Promise.resolve());
      const app = await start();
      const db = app.get<Database>(DATABASE);
      await app.get(JobQueue).enqueue(plain, { id: 'a' });
      await eventually('it runs', () => calls.length === 1);
      // its worker beats no more, and what looks for such workers has looked an hour from now
      vi.spyOn(app.get<{ beat(): Promise<void> }>(JobRunner), 'beat').mockResolvedValue();
      await putAhead(db, 'created_on', 'started_on', 'heartbeat_on');
      await sql`UPDATE pgboss.queue SET monitor_on = now() + interval '1 hour', monitor_claim_on = now() + interval '1 hour',
        maintain_on = now() + interval '1 hour'`.execute(db);
      await start({ server: { role: 'worker' } });
      await upkeep(app);
      await eventually('it runs again', () => calls.length === 2);
      open();
    });

    it('a start that was asked for by its time stays', async () => {
      const app = await start({ server: { role: 'api' } });
      const at = new Date(Date.UTC(2100, 0, 1));
      await app.get(JobQueue).enqueue(keyed, { id: 'a' }, { startAfter: at });
      await app.get(JobQueue).enqueue(keyed, { id: 'b' });
      await putAhead(app.get<Database>(DATABASE), 'created_on');
      await sql`UPDATE pgboss.job SET created_on = created_on - interval '1 hour' WHERE singleton_key = 'a'`.execute(
        app.get<Database>(DATABASE),
      );
      await start({ server: { role: 'worker' } });
      await eventually('what waits for no time is done', () => calls.some(({ id }) => id === 'b'));
      expect((await jobsOf(app)).find(({ data }) => data['id'] === 'a')).toMatchObject({ startAfter: at });
    });
  });

  it('a later time does not push back a job that waits for an earlier one', async () => {
    const app = await start({ server: { role: 'api' } });
    const at = (minutes: number) => new Date(Date.UTC(2100, 0, 1, 0, minutes));
    await app.get(JobQueue).enqueue(keyed, { id: 'a' }, { startAfter: at(10) });
    await app.get(JobQueue).enqueue(keyed, { id: 'a' }, { startAfter: at(20) });
    expect(await jobsOf(app)).toMatchObject([{ startAfter: at(10) }]);
    await app.get(JobQueue).enqueue(keyed, { id: 'a' }, { startAfter: at(5) });
    expect(await jobsOf(app)).toMatchObject([{ startAfter: at(5) }]);
  });

  it('many are asked for by one statement; those whose key waits already are left out, and all run', async () => {
    const app = await start({ server: { role: 'api' } });
    const db = app.get<Database>(DATABASE);
    const ids = Array.from({ length: 50 }, (_, index) => ({ id: String(index) }));
    const enqueueAll = () =>
      db.transaction().execute((transaction) => app.get(JobQueue).enqueueAll(keyed, ids, transaction));
    await app.get(JobQueue).enqueue(keyed, { id: '7' });
    await Promise.all([enqueueAll(), enqueueAll()]);
    expect(await jobsOf(app)).toHaveLength(ids.length);
    await start({ server: { role: 'worker' } });
    await eventually('all are done', async () => (await jobsOf(app)).every(({ state }) => state === 'done'));
    expect(calls.map(({ id }) => id).sort()).toEqual(ids.map(({ id }) => id).sort());
  });

  it('a job that always fails is retried with a delay, then kept as dead, and runs again when told to', async () => {
    doIt = () => Promise.reject(new Error('no such luck'));
    const app = await start();
    await app.get(JobQueue).enqueue(plain, { id: 'a' });
    const dead = await eventually('it is dead', async () => (await jobsOf(app)).find(({ state }) => state === 'dead'));
    expect(dead).toMatchObject({ retryCount: 2, retryLimit: 2, error: 'no such luck' });
    expect(calls.map(({ retryCount }) => retryCount)).toEqual([0, 1, 2]);
    doIt = () => Promise.resolve();
    await app.get(JobsService).retry(dead.id);
    await eventually('it is done', async () => (await app.get(JobsService).get(dead.id)).state === 'done');
    await expect(app.get(JobsService).retry(dead.id)).rejects.toMatchObject({ code: 'JOB_NOT_RETRYABLE' });
  });

  it('a handler that runs too long is told to end and its job retried', async () => {
    const short = { ...plain, name: 'short', timeoutSeconds: 1 };
    @HandlesJob(short)
    @Injectable()
    class ShortHandler extends PlainHandler {}
    doIt = (_, { signal, retryCount }) =>
      retryCount > 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              resolve();
            });
          });
    const app = await start({}, [ShortHandler], [short]);
    await app.get(JobQueue).enqueue(short, { id: 'a' });
    await eventually('it is done', async () => (await jobsOf(app))[0]?.state === 'done');
    expect(calls.map(({ retryCount }) => retryCount)).toEqual([0, 1]);
  });

  it('runs that were given up and do not end hold every place: that is told', async () => {
    const brief = defineJob<Work>({ name: 'brief', ...KEEP, retries: 0, timeoutSeconds: 1 });
    @HandlesJob(brief)
    @Injectable()
    class BriefHandler extends PlainHandler {}
    const { opened, open } = gate();
    doIt = () => opened;
    const app = await start({ jobs: { maxConcurrent: 2 } }, [BriefHandler], [brief]);
    const runner = app.get(JobRunner);
    await app.get(JobQueue).enqueue(brief, { id: 'one' });
    await eventually('one was given up', async () => (await jobsOf(app)).some(({ state }) => state === 'dead'));
    expect(runner.isStuck).toBe(false);
    await app.get(JobQueue).enqueue(brief, { id: 'two' });
    await eventually('nothing is claimed any more', () => runner.isStuck);
    open();
    await eventually('there is room again', () => !runner.isStuck && runner.runningCount === 0);
  });

  it('never more than MAX_CONCURRENT_JOBS run at once, over all kinds', async () => {
    const { opened, open } = gate();
    let atOnce = 0;
    let most = 0;
    doIt = async () => {
      most = Math.max(most, (atOnce += 1));
      await opened;
      atOnce -= 1;
    };
    const app = await start({ jobs: { maxConcurrent: 3 } });
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        app.get(JobQueue).enqueue(index % 2 ? keyed : plain, { id: String(index) }),
      ),
    );
    await eventually('three run', () => calls.length === 3);
    open();
    await eventually('all are done', () => calls.length === 40);
    expect(most).toBe(3);
  });

  it('on shutdown what runs may finish', async () => {
    const { opened, open } = gate();
    doIt = () => opened;
    const leaving = await start({ server: { shutdownGraceSeconds: 3_600 } });
    await leaving.get(JobQueue).enqueue(plain, { id: 'quick' });
    await eventually('it runs', () => calls.length === 1);
    const closed = leaving.close();
    open();
    await closed;
    const watcher = await start({ server: { role: 'api' } });
    expect(await jobsOf(watcher)).toMatchObject([{ data: { id: 'quick' }, state: 'done' }]);
  });

  it('one that is leaving claims nothing more, and keeps to the time when it has to be gone: what runs is handed back', async () => {
    standStill();
    doIt = ({ id }, { signal }) =>
      new Promise((resolve, reject) => {
        if (id === 'late') resolve();
        signal.addEventListener('abort', () => {
          reject(new Error('interrupted'));
        });
      });
    const leaving = await start({ server: { shutdownGraceSeconds: 36_000 } });
    await leaving.get(JobQueue).enqueue(plain, { id: 'endless' });
    await eventually('it runs', () => calls.length === 1);
    leaving.get(JobRunner).stopClaiming(systemClock.monotonicMs() + 5_000);
    await leaving.get(JobQueue).enqueue(plain, { id: 'late' });
    // a poll; what it would claim is claimed before the other statements of this test
    vi.advanceTimersByTime(1_000);
    await leaving.close();
    expect(calls.map(({ id }) => id)).toEqual(['endless']);
    const watcher = await start({ server: { role: 'api' } });
    const states = Object.fromEntries((await jobsOf(watcher)).map(({ data, state }) => [String(data['id']), state]));
    expect(states).toEqual({ endless: 'retrying', late: 'waiting' });
  });

  it('a killed worker’s job is back long before its time is over', async () => {
    @HandlesJob(killedJob)
    @Injectable()
    class RescueHandler extends PlainHandler {}
    const doomed = startTypescript('test/support/endless-job.process.ts', database.url);
    const api = await start({ server: { role: 'api' } }, [RescueHandler], [killedJob]);
    await api.get(JobQueue).enqueue(killedJob, { id: 'a' });
    expect(await doomed.said('running')).toBe('a');
    await start({}, [RescueHandler], [killedJob]);
    doomed.child.kill('SIGKILL');
    await doomed.exited;
    const figure = beginFigure();
    const call = await eventually('the job runs again', () => calls[0]);
    expect(call).toMatchObject({ id: 'a', retryCount: 1 });
    figure((seconds) => `a killed worker's job was back after ${seconds} s`);
  });

  it('what runs while its process leaves is shown to be alive, so that no other worker takes it', async () => {
    standStill();
    const { opened, open } = gate();
    doIt = () => opened;
    const leaving = await start({ server: { shutdownGraceSeconds: 3_600 } });
    const watcher = await start({ server: { role: 'api' } });
    const heartbeat = async (): Promise<number> => {
      const { rows } = await sql<{ at: Date }>`SELECT heartbeat_on AS at FROM pgboss.job`.execute(
        watcher.get<Database>(DATABASE),
      );
      return rows[0]?.at.getTime() ?? 0;
    };
    await leaving.get(JobQueue).enqueue(plain, { id: 'a' });
    await eventually('it runs', () => calls.length === 1);
    const timers = vi.getTimerCount();
    const closed = leaving.close();
    await eventually('it polls no more', () => vi.getTimerCount() < timers);
    const before = await heartbeat();
    vi.advanceTimersByTime(4_000);
    try {
      await eventually('a heartbeat comes', async () => (await heartbeat()) > before);
    } finally {
      open();
      await closed;
    }
    expect(await jobsOf(watcher)).toMatchObject([{ state: 'done' }]);
  });

  it('a run whose job another worker has taken is told to end, and what it comes to is neither written nor counted', async () => {
    standStill();
    doIt = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('interrupted'));
        });
      });
    const app = await start();
    await app.get(JobQueue).enqueue(plain, { id: 'a' });
    await eventually('it runs', () => calls.length === 1);
    await sql`UPDATE pgboss.job SET retry_count = retry_count + 1`.execute(app.get<Database>(DATABASE));
    vi.advanceTimersByTime(4_000);
    await eventually('the run has ended', () => app.get(JobRunner).runningCount === 0);
    expect(await jobsOf(app)).toMatchObject([{ state: 'running', retryCount: 1, error: null }]);
    expect(app.get(JobFigures).counts.total).toMatchObject({ count: 0, failed: 0 });
  });

  it('a flood of one kind starves no other, when one job runs at a time', async () => {
    standStill();
    const api = await start({ server: { role: 'api' } });
    const flood = Array.from({ length: 10 }, (_, index) => ({ id: String(index) }));
    for (const work of flood) await api.get(JobQueue).enqueue(keyed, work);
    for (const work of flood) await api.get(JobQueue).enqueue(plain, work);
    await start({ server: { role: 'worker' }, jobs: { maxConcurrent: 1 } });
    await eventually('all have run', () => calls.length === 20);
    expect(new Set(calls.slice(0, 10).map(({ name }) => name))).toEqual(new Set(['keyed', 'plain']));
  });

  it('done jobs leave when they were kept long enough, and dead ones stay for a person', async () => {
    standStill();
    const brief = defineJob<Work>({ name: 'brief', ...KEEP, retries: 0, keepFinishedSeconds: 0 });
    @HandlesJob(brief)
    @Injectable()
    class BriefHandler extends PlainHandler {}
    doIt = ({ id }) => (id === 'dead' ? Promise.reject(new Error('no')) : Promise.resolve());
    const app = await start({}, [BriefHandler, PlainHandler], [brief, plain]);
    await app.get(JobQueue).enqueue(brief, { id: 'done' });
    await app.get(JobQueue).enqueue(brief, { id: 'dead' });
    await app.get(JobQueue).enqueue(plain, { id: 'kept' });
    const left = async () => (await jobsOf(app)).map(({ data, state }) => `${String(data['id'])} ${state}`).sort();
    // the upkeep of the start may come first: a done job that is kept for no time may be gone already
    const open = async () => (await jobsOf(app)).filter(({ state }) => state !== 'done' && state !== 'dead');
    await eventually('all have ended', async () => calls.length === 3 && (await open()).length === 0);
    await upkeep(app);
    expect(await left()).toEqual(['dead dead', 'kept done']);
  });

  it('a dead job that is told to run again runs by notification alone, on whichever replica works', async () => {
    standStill();
    const once = defineJob<Work>({ name: 'once', ...KEEP, retries: 0 });
    @HandlesJob(once)
    @Injectable()
    class OnceHandler extends PlainHandler {}
    doIt = () => (calls.length === 1 ? Promise.reject(new Error('no')) : Promise.resolve());
    const api = await start({ server: { role: 'api' } }, [OnceHandler], [once]);
    const worker = await start({ server: { role: 'worker' } }, [OnceHandler], [once]);
    await api.get(JobQueue).enqueue(once, { id: 'a' });
    const dead = await eventually('it is dead', async () => (await jobsOf(api)).find(({ state }) => state === 'dead'));
    await eventually('nothing is under way', () => worker.get(JobRunner).runningCount === 0);
    await api.get(JobsService).retry(dead.id);
    await eventually('it is done', async () => (await api.get(JobsService).get(dead.id)).state === 'done');
  });

  it('the time of a run is counted in milliseconds', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    doIt = () => {
      vi.advanceTimersByTime(5_000);
      return Promise.resolve();
    };
    const app = await start();
    await app.get(JobQueue).enqueue(plain, { id: 'a' });
    await eventually('it is counted', () => app.get(JobFigures).counts.total.count === 1);
    expect(app.get(JobFigures).counts.total.totalMs).toBe(5_000);
  });

  it('role api enqueues and runs nothing; a worker elsewhere does', async () => {
    const api = await start({ server: { role: 'api' } });
    await api.get(JobQueue).enqueue(plain, { id: 'a' });
    await start({ server: { role: 'worker' } });
    await eventually('the worker did it', async () => (await jobsOf(api))[0]?.state === 'done');
    expect(calls).toHaveLength(1);
  });

  it('replicas that start together on a new database make the queue between them', async () => {
    const fresh = await createEmptyDatabase(inject('testDatabaseServer').url);
    try {
      const replicas = await Promise.all([1, 2, 3, 4].map(() => start({ database: { url: new Secret(fresh.url) } })));
      await replicas[0]?.get(JobQueue).enqueue(plain, { id: 'a' });
      await eventually('one of them does it', () => calls.length === 1);
      await Promise.all(replicas.map((replica) => replica.close()));
    } finally {
      await fresh.drop();
    }
  });

  it('the boot fails, naming every mistake, when a job has no handler or two', async () => {
    await expect(start({}, [PlainHandler, SecondPlainHandler])).rejects.toThrow(
      /"keyed" has no handler[\s\S]*"plain" has 2 handlers: PlainHandler, SecondPlainHandler/,
    );
  });

  it('pages through jobs newest first without missing or repeating one', async () => {
    const app = await start({ server: { role: 'api' } });
    await app
      .get<Database>(DATABASE)
      .transaction()
      .execute(async (transaction) => {
        // all in one transaction: the same creation time for each
        for (let index = 0; index < 7; index += 1) {
          await app.get(JobQueue).enqueue(plain, { id: String(index) }, { transaction });
        }
      });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await app.get(JobsService).list({ limit: 3, name: 'plain', ...(cursor && { cursor }) });
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(new Set(seen).size).toBe(7);
    expect(seen).toHaveLength(7);
    // no page follows one that is exactly full
    expect((await app.get(JobsService).list({ limit: 6 })).nextCursor).not.toBeNull();
    expect((await app.get(JobsService).list({ limit: 7 })).nextCursor).toBeNull();
  });
});
