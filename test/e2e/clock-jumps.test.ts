/**
 * The clock of the database jumps ahead by an hour, and comes back. Nothing may be given up for it, and nothing may wait for as long as
 * it jumped.
 */
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NovitaSimulator } from '../novita-simulator/novita-simulator.js';
import type { TestDatabase } from '../support/empty-database.js';
import { eventually } from '../support/eventually.js';
import { QUICK, serveApp, type ServedApp } from '../support/running-app.js';
import { createTestDatabase } from '../support/test-database.js';

const HOUR_SECONDS = 3600;

let database: TestDatabase;
let novita: NovitaSimulator;
let admin: pg.Client;
const apps: ServedApp[] = [];

const serve = async (): Promise<ServedApp> => {
  const app = await serveApp(novita, database.url);
  apps.push(app);
  return app;
};

beforeAll(async () => {
  novita = await NovitaSimulator.start(QUICK);
  database = await createTestDatabase();
  admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  // functions that are found before those of PostgreSQL itself
  await admin.query(`
    CREATE SCHEMA set_clock;
    CREATE TABLE set_clock.ahead AS SELECT interval '0' AS by;
    CREATE FUNCTION set_clock.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql
      AS 'SELECT pg_catalog.clock_timestamp() + by FROM set_clock.ahead';
    CREATE FUNCTION set_clock.now() RETURNS timestamptz STABLE LANGUAGE sql
      AS 'SELECT pg_catalog.now() + by FROM set_clock.ahead';
    DO $$ BEGIN
      EXECUTE format('ALTER DATABASE %I SET search_path = public, set_clock, pg_catalog', current_database());
    END $$`);
  await serve();
  // the job library asks for the time by a function of its own
  await admin.query(`
    CREATE OR REPLACE FUNCTION pgboss.job_now() RETURNS timestamptz STABLE LANGUAGE sql
      AS 'SELECT pg_catalog.now() + by FROM set_clock.ahead'`);
});

afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await admin.end();
  await database.drop();
  await novita.stop();
});

const setAhead = (seconds: number) =>
  admin.query('UPDATE set_clock.ahead SET by = make_interval(secs => $1)', [seconds]);

interface Health {
  timestamp: string;
  dependencies: { database: { status: string; message?: string } };
}
const healthOf = async ({ url }: ServedApp): Promise<Health> => (await (await fetch(`${url}/health`)).json()) as Health;

it('goes on evenly, tells of it, and finishes stops, starts, deletes and creates in both', async () => {
  const [app] = apps;
  if (!app) throw new Error('no service');
  const { api } = app;
  const create = async (name: string) => (await api.create({ name })).body.id;
  const [kept, dropped] = await Promise.all([create('kept'), create('dropped')]);
  await Promise.all([api.until(kept, 'ready'), api.until(dropped, 'ready')]);
  const before = await healthOf(app);
  expect(before.dependencies.database).not.toHaveProperty('message');

  await setAhead(HOUR_SECONDS);
  await eventually('the jump is told', async () => (await healthOf(app)).dependencies.database.status === 'degraded');
  const during = await healthOf(app);
  expect(during.dependencies.database.message).toMatch(/its clock has jumped: .* s behind it/);
  // had it followed, it would be an hour later
  expect(Date.parse(during.timestamp) - Date.parse(before.timestamp)).toBeLessThan((HOUR_SECONDS * 1000) / 2);
  const metrics = await (await fetch(`${app.url}/metrics`)).text();
  expect(metrics).toMatch(/^novitai_clock_ahead_seconds -3[4-6]\d\d/m);
  expect(metrics).toMatch(/^novitai_database_clock_jumps_total 1$/m);

  // a replica that starts meanwhile goes on from where the others are
  const second = await serve();
  await eventually('they agree', async () => {
    const [one, two] = [await healthOf(app), await healthOf(second)].map(({ timestamp }) => Date.parse(timestamp));
    return Math.abs((one ?? 0) - (two ?? 0)) < (HOUR_SECONDS * 1000) / 2;
  });
  const later = await create('later');
  expect((await api.ask(kept, 'stop')).status).toBe(202);
  expect((await api.delete(dropped)).status).toBe(202);
  await Promise.all([api.until(kept, 'stopped'), api.until(dropped, 'deleted'), api.until(later, 'ready')]);

  await setAhead(0);
  await eventually('it has come back', async () => (await healthOf(app)).dependencies.database.status === 'up');
  expect((await api.ask(kept, 'start')).status).toBe(202);
  expect((await api.delete(later)).status).toBe(202);
  const last = await create('last');
  await Promise.all([api.until(kept, 'ready'), api.until(later, 'deleted'), api.until(last, 'ready')]);
  expect((await api.ask(kept, 'stop')).status).toBe(202);
  await api.until(kept, 'stopped');
  await Promise.all([kept, last].map((id) => api.delete(id)));
  await Promise.all([kept, last].map((id) => api.until(id, 'deleted')));
  await eventually('Novita has nothing left', () =>
    novita.machines().every(({ deleteRequestedAt }) => deleteRequestedAt !== null),
  );
});
