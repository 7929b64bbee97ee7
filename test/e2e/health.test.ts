/** What probes and dashboards are told, by the whole service over real connections. */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DatabaseHealth } from '../../src/health/database.health.js';
import { ProcessState } from '../../src/health/process-state.js';
import { JobRunner } from '../../src/jobs/job-runner.js';
import { JobFigures } from '../../src/metrics/job-figures.js';
import { RequestFigures } from '../../src/metrics/request-figures.js';
import { CLOCK, type Clock } from '../../src/time/clock.js';
import type { TestDatabase } from '../support/empty-database.js';
import { eventually } from '../support/eventually.js';
import { send } from '../support/raw-http.js';
import { startService } from '../support/service-in-process.js';
import { createTestDatabase } from '../support/test-database.js';

const aNumber = expect.any(Number) as number;

describe('the health of the service', () => {
  let database: TestDatabase;
  let app: NestFastifyApplication;
  let port: number;

  beforeAll(async () => {
    database = await createTestDatabase();
    ({ app, port } = await startService(database.url));
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  it('is told in full, and whoever asks is not counted', async () => {
    const health = await send(port, { path: '/health' });
    expect(health.status).toBe(200);
    expect(health.json).toEqual({
      status: 'healthy',
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      uptime: aNumber,
      services: {
        database: 'up',
        backgroundTasks: 'up',
        jobQueue: 'up',
        cache: 'up',
        log: 'up',
        novitaApi: expect.stringMatching(/^(up|down)$/) as string,
      },
      performance: {
        requestsPerMinute: aNumber,
        averageResponseTime: aNumber,
        errorRate: 0,
        jobProcessingRate: aNumber,
      },
      system: {
        memory: { usedMB: aNumber, totalMB: aNumber, externalMB: aNumber, rss: aNumber },
        cpu: { usage: aNumber, loadAverage: [aNumber, aNumber, aNumber] },
        eventLoop: { delayP99Ms: aNumber, utilization: aNumber },
      },
      dependencies: {
        database: { status: 'up', responseTime: aNumber },
        backgroundTasks: { status: 'up' },
        jobQueue: { status: 'up', processing: aNumber, queueSize: aNumber, scheduled: aNumber, failed: 0 },
        cache: { status: 'up', hitRatio: aNumber, totalEntries: aNumber, hits: aNumber, misses: aNumber },
        log: { status: 'up', droppedLines: 0 },
        novitaApi: expect.objectContaining({ status: expect.any(String) as string }) as object,
      },
    });
    expect(health.headers['ratelimit']).toBeUndefined();
  });

  it('is good while Novita does not answer: this API is not taken away with it', async () => {
    const novita = async () => (await send(port, { path: '/health' })).json as { services: object };
    await expect.poll(novita).toMatchObject({ status: 'healthy', services: { novitaApi: 'down' } });
    expect((await send(port, { path: '/health/ready' })).status).toBe(200);
  });

  it('alive, ready and started are told in a word', async () => {
    const live = await send(port, { path: '/health/live' });
    expect([live.status, live.json]).toEqual([200, { status: 'alive' }]);
    const ready = await send(port, { path: '/health/ready' });
    expect([ready.status, ready.json]).toEqual([200, { status: 'ready', waitingFor: [] }]);
    const started = await send(port, { path: '/health/startup' });
    expect([started.status, started.json]).toEqual([200, { status: 'started', waitingFor: [] }]);
  });

  it('names the process in development, and in no other environment', async () => {
    const debugIn = async (environment: 'development' | 'production'): Promise<unknown> => {
      const service = await startService(database.url, { server: { environment } });
      try {
        return ((await send(service.port, { path: '/health' })).json as { debug?: unknown }).debug;
      } finally {
        await service.app.close();
      }
    };
    expect(await debugIn('development')).toMatchObject({ nodeVersion: process.version, role: 'all', pid: process.pid });
    expect(await debugIn('production')).toBeUndefined();
  });

  it('costs its parts one look a second, however many ask, and liveness costs them none', async () => {
    const look = vi.spyOn(DatabaseHealth.prototype, 'check');
    const clock = vi.spyOn(app.get<Clock>(CLOCK), 'monotonicMs');
    try {
      for (let round = 0; round < 3; round++) {
        await Promise.all(Array.from({ length: 20 }, () => send(port, { path: '/health/live' })));
      }
      expect(look).not.toHaveBeenCalled();
      const askAll = async (): Promise<void> => {
        const paths = ['/health', '/health/ready', '/health/startup'];
        await Promise.all(Array.from({ length: 60 }, (_, index) => send(port, { path: paths[index % 3] ?? '' })));
      };
      // what the tests before have seen is older than a second
      const soonMs = app.get<Clock>(CLOCK).monotonicMs() + 2_000;
      clock.mockReturnValue(soonMs);
      for (let round = 0; round < 3; round++) await askAll();
      clock.mockReturnValue(soonMs + 999);
      await askAll();
      expect(look).toHaveBeenCalledTimes(1);
      clock.mockReturnValue(soonMs + 1_000);
      await askAll();
      expect(look).toHaveBeenCalledTimes(2);
    } finally {
      look.mockRestore();
      clock.mockRestore();
    }
  });

  let leapMs = 0;
  /** Asks again after what was seen has become too old to be told once more. */
  const askAgain = async (service: { app: NestFastifyApplication; port: number }, path: string) => {
    const clock = vi.spyOn(service.app.get<Clock>(CLOCK), 'monotonicMs');
    clock.mockReturnValue(service.app.get<Clock>(CLOCK).monotonicMs() + (leapMs += 2_000));
    try {
      return await send(service.port, { path });
    } finally {
      clock.mockRestore();
    }
  };

  it('is good on a newer schema, so that a release can be rolled back, and bad on an older one', async () => {
    const migrated = await createTestDatabase();
    const service = await startService(migrated.url);
    const operator = new pg.Client({ connectionString: migrated.url });
    await operator.connect();
    try {
      await operator.query(`INSERT INTO schema_migrations (number, name, checksum, oldest_code)
        SELECT max(number) + 1, 'later', '', max(number) FROM schema_migrations`);
      expect((await askAgain(service, '/health/ready')).json).toEqual({ status: 'ready', waitingFor: [] });
      await operator.query(
        'DELETE FROM schema_migrations WHERE number >= (SELECT max(number) - 1 FROM schema_migrations)',
      );
      const older = await askAgain(service, '/health');
      expect([older.status, older.json]).toEqual([
        503,
        expect.objectContaining({
          status: 'unhealthy',
          dependencies: expect.objectContaining({
            database: { status: 'down', responseTime: aNumber, message: 'the schema is older than this version' },
          }) as object,
        }),
      ]);
    } finally {
      await operator.end();
      await service.app.close();
      await migrated.drop();
    }
  });

  it('is bad when no job was taken for 15 seconds', async () => {
    const idle = vi.spyOn(app.get(JobRunner), 'secondsSinceClaim', 'get');
    const seen = async () => (await askAgain({ app, port }, '/health')).json;
    try {
      idle.mockReturnValue(14.9);
      expect(await seen()).toMatchObject({ status: 'healthy', services: { jobQueue: 'up' } });
      idle.mockReturnValue(15);
      expect(await seen()).toMatchObject({
        status: 'unhealthy',
        dependencies: { jobQueue: { status: 'down', message: 'jobs are not being taken' } },
      });
    } finally {
      idle.mockRestore();
    }
  });

  it('tells how many jobs of all kinds wait, how many wait for later, and how many failed for good', async () => {
    const counted = await startService(database.url);
    try {
      const depths = new Map([
        ['one kind', { waiting: 1, scheduled: 20, running: 300, dead: 4_000 }],
        ['another', { waiting: 2, scheduled: 30, running: 400, dead: 5_000 }],
      ]);
      counted.app.get(JobFigures).setDepth(() => Promise.resolve(depths));
      expect((await askAgain(counted, '/health')).json).toMatchObject({
        status: 'healthy',
        dependencies: { jobQueue: { status: 'up', queueSize: 3, scheduled: 50, failed: 9_000 } },
      });
    } finally {
      await counted.app.close();
    }
  });

  it('counts no refusal as an error of the service', async () => {
    const asked = await startService(database.url);
    const figures = asked.app.get(RequestFigures);
    const performance = async () =>
      ((await send(asked.port, { path: '/health' })).json as { performance: object }).performance;
    try {
      for (let index = 0; index < 3; index++) await send(asked.port, { path: '/api/instances/nobody' });
      await eventually('they are counted', () => figures.counts.total.count === 3);
      expect(await performance()).toMatchObject({ errorRate: 0 });
      await eventually('that is counted', () => figures.counts.total.count === 4);
      figures.record({ method: 'GET', route: '/', status: 500, durationMs: 1, code: null });
      expect(await performance()).toMatchObject({ errorRate: 20 });
    } finally {
      await asked.app.close();
    }
  });

  it('is not ready while it leaves, and lives on until it has', async () => {
    const leaving = await startService(database.url);
    leaving.app.get(ProcessState).beginShutdown();
    const ready = await send(leaving.port, { path: '/health/ready' });
    expect([ready.status, ready.json]).toEqual([503, { status: 'not_ready', waitingFor: ['shutdown'] }]);
    expect(ready.headers['retry-after']).toBe('1');
    expect((await send(leaving.port, { path: '/health/live' })).status).toBe(200);
    await leaving.app.close();
  });

  it('is bad when the database is gone; it lives, and has started if it had', async () => {
    const doomed = await createTestDatabase();
    const had = await startService(doomed.url);
    const hadNot = await startService(doomed.url);
    try {
      expect((await send(had.port, { path: '/health/startup' })).status).toBe(200);
      await doomed.drop();
      // what was asked within the last second is told once more
      await expect.poll(async () => (await send(had.port, { path: '/health/ready' })).status).toBe(503);
      const ready = await send(had.port, { path: '/health/ready' });
      expect([ready.status, ready.json]).toEqual([503, { status: 'not_ready', waitingFor: ['database'] }]);
      const health = await send(had.port, { path: '/health' });
      expect([health.status, health.json]).toEqual([
        503,
        expect.objectContaining({
          status: 'unhealthy',
          services: expect.objectContaining({ database: 'down' }) as object,
        }),
      ]);
      expect((await send(had.port, { path: '/health/live' })).status).toBe(200);
      expect((await send(had.port, { path: '/health/startup' })).status).toBe(200);
      const starting = await send(hadNot.port, { path: '/health/startup' });
      expect([starting.status, starting.json]).toEqual([503, { status: 'starting', waitingFor: ['database'] }]);
    } finally {
      await Promise.all([had, hadNot].map(({ app: service }) => service.close()));
    }
  });
});

describe.concurrent('the health of a service whose database takes no writes', () => {
  /** What the operator, or the disk, does to a database while the service runs. */
  const WITHOUT_WRITES = [
    {
      what: 'is set read-only, as a managed server is whose disk is nearly full',
      begin: (name: string) => `ALTER DATABASE "${name}" SET default_transaction_read_only = on`,
      end: (name: string) => `ALTER DATABASE "${name}" RESET default_transaction_read_only`,
      message: 'only answers reads',
    },
    {
      what: 'has no room on its disk',
      begin: () => `
        CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE 'could not extend file "base/1/2": No space left on device' USING ERRCODE = 'disk_full'; END $$;
        CREATE TRIGGER full_disk BEFORE INSERT ON write_probes EXECUTE FUNCTION full_disk()`,
      end: () => 'DROP TRIGGER full_disk ON write_probes',
      message: 'has no room left on its disk',
    },
    {
      what: 'fails writes for a reason that we do not know',
      begin: () => 'ALTER TABLE write_probes ADD CHECK (false)',
      end: () => 'ALTER TABLE write_probes DROP CONSTRAINT write_probes_check',
      message: 'cannot be written to (SQLSTATE 23514)',
    },
  ];

  it.each(WITHOUT_WRITES.map((trouble) => [trouble.what, trouble] as const))(
    'is bad when the database %s, and says so',
    async (_what, { begin, end, message }) => {
      const writable = await createTestDatabase();
      const service = await startService(writable.url);
      const operator = new pg.Client({ connectionString: writable.url });
      await operator.connect();
      const ready = async (): Promise<number> => (await send(service.port, { path: '/health/ready' })).status;
      // a setting of the database is one for new sessions
      const renewSessions = () =>
        operator.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
        );
      try {
        await eventually('it is ready', async () => (await ready()) === 200);
        await operator.query(begin(writable.name));
        await renewSessions();
        await expect
          .poll(async () => (await send(service.port, { path: '/health' })).json)
          .toMatchObject({
            status: 'unhealthy',
            services: { database: 'down' },
            dependencies: { database: { status: 'down', message, responseTime: aNumber } },
          });
        expect(await ready()).toBe(503);
        expect((await send(service.port, { path: '/health/live' })).status).toBe(200);
        await operator.query(end(writable.name));
        await renewSessions();
        await eventually('it is ready again', async () => (await ready()) === 200);
        expect((await operator.query('SELECT FROM write_probes')).rowCount).toBe(0);
      } finally {
        await operator.end();
        await service.app.close();
        await writable.drop();
      }
    },
  );
});
