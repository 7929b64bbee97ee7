import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPool } from '../../src/database/pool.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase } from '../support/test-database.js';

/** An error that nobody hears ends the process, and fails the test run. */
describe('the pool of a database whose server goes away', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let pool: pg.Pool;
  let idleErrors: Error[];

  beforeEach(async () => {
    database = await createTestDatabase();
    idleErrors = [];
    pool = createPool({ url: database.url, maxConnections: 2, onIdleError: (error) => idleErrors.push(error) });
  });
  afterEach(async () => {
    await pool.end();
    await database.drop();
  });

  const backendOf = async (client: pg.PoolClient): Promise<number> =>
    (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid ?? 0;

  const terminate = async (pid: number): Promise<void> => {
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    await other.query('SELECT pg_terminate_backend($1)', [pid]);
    await other.end();
  };

  it('fails the transaction that holds a connection between two statements, and serves the next', async () => {
    const client = await pool.connect();
    let broken: Error | null = null;
    client.on('end', () => (broken ??= new Error('it has ended')));
    await client.query('BEGIN');
    await terminate(await backendOf(client));
    await eventually('the connection is known to be broken', () => broken);
    await expect(client.query('COMMIT')).rejects.toThrow();
    client.release(true);
    expect((await pool.query<{ one: number }>('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('tells of a connection that broke while nobody held it, and serves the next', async () => {
    const client = await pool.connect();
    const pid = await backendOf(client);
    client.release();
    await terminate(pid);
    await eventually('it is told', () => idleErrors.length > 0);
    expect((await pool.query<{ one: number }>('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});
