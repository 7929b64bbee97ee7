import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startApp, type RunningApp } from '../support/running-app.js';

/** A pass over an instance throws, whatever the reason: a bug, a damaged row, a database that refuses. */
let app: RunningApp;
let admin: Client;
beforeAll(async () => {
  app = await startApp();
  admin = new Client({ connectionString: app.databaseUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await app.stop();
});

const refuseCreatesOf = async (name: string): Promise<void> => {
  await admin.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT FROM instances WHERE id = NEW.instance_id AND name = '${name}') THEN
        RAISE EXCEPTION 'no such luck';
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON create_attempts FOR EACH ROW EXECUTE FUNCTION refuse()`);
};

const stuckFigure = async (): Promise<string | undefined> =>
  /^novitai_instances_stuck (\d+)/m.exec(await (await fetch(`${app.url}/metrics`)).text())?.[1];

const eventsOf = async (id: string): Promise<string[]> =>
  (await app.api.events(id)).map(({ type }) => type).filter((type) => type.startsWith('reconcile.'));

it('an instance whose passes throw says so, holds up no other, and goes on by itself when it can', async () => {
  await refuseCreatesOf('stuck');
  const { id } = (await app.api.create({ name: 'stuck' })).body;
  const others = await Promise.all([1, 2, 3].map((number) => app.api.create({ name: `other-${number}` })));
  for (const other of others) await app.api.until(other.body.id, 'ready');
  const told = await eventually('it says so', async () => {
    const seen = await app.api.get(id);
    return seen.statusMessage?.includes('cannot go on with this instance') && seen;
  });
  expect(told.status).toBe('pending');
  expect(told.statusMessage).toMatch(/since \d{4}-.*Z: [3-9]\d* tries .* reference [0-9A-Z]{26}/);
  expect(told.statusMessage).not.toContain('no such luck');
  await eventually('an event tells it, once', async () => (await eventsOf(id)).length === 1);
  expect(await eventsOf(id)).toEqual(['reconcile.failing']);
  await eventually('the metric counts it', async () => (await stuckFigure()) === '1');

  await admin.query('DROP TRIGGER refuse ON create_attempts');
  const ready = await app.api.until(id, 'ready');
  await eventually('it is over', async () => (await eventsOf(id)).at(-1) === 'reconcile.recovered');
  expect(await eventsOf(id)).toEqual(['reconcile.failing', 'reconcile.recovered']);
  expect(ready.failure).toBeNull();
  expect((await app.api.get(id)).statusMessage).toBeNull();
  await eventually('the metric forgets it', async () => (await stuckFigure()) === '0');
});

it('what is stuck can be deleted when its delete can be written, and one try that throws is nobody’s news', async () => {
  const { id } = (await app.api.create({ name: 'hiccup' })).body;
  await app.api.until(id, 'ready');
  await admin.query(
    `INSERT INTO reconcile_troubles (instance_id, tries, since, reference) VALUES ('${id}', 2, now(), 'x')`,
  );
  expect((await app.api.get(id)).statusMessage).toBeNull();
  await app.api.delete(id);
  await app.api.until(id, 'deleted');
  await eventually('the count is cleared', async () => {
    const { rows } = await admin.query('SELECT FROM reconcile_troubles');
    return rows.length === 0;
  });
  expect(await eventsOf(id)).toEqual([]);
});
