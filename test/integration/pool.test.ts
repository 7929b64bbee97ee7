import { sql } from 'kysely';
import net from 'node:net';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDatabase, createPool } from '../../src/database/pool.js';
import { DatabaseSilentError, underWaitLimit, WaitLimit } from '../../src/database/wait-limit.js';
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

/** Between a pool and its server; what goes through it can be swallowed, as a host that has vanished does. */
class SilencedWire {
  private readonly pairs: [net.Socket, net.Socket][] = [];
  private constructor(
    readonly url: string,
    private readonly server: net.Server,
  ) {}

  static async to(databaseUrl: string): Promise<SilencedWire> {
    const { hostname, port } = new URL(databaseUrl);
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = new URL(databaseUrl);
    url.port = String((server.address() as net.AddressInfo).port);
    url.hostname = '127.0.0.1';
    const wire = new SilencedWire(url.href, server);
    server.on('connection', (near) => {
      const far = net.connect(Number(port), hostname);
      wire.pairs.push([near, far]);
      for (const socket of [near, far]) socket.on('error', () => undefined);
      near.pipe(far).pipe(near);
    });
    return wire;
  }

  /** Of all connections that there are; those that are made from now on work. */
  silence(): void {
    for (const [near, far] of this.pairs) {
      far.unpipe(near);
      near.unpipe(far);
      near.resume();
      far.resume();
    }
  }

  close(): void {
    this.server.close();
    for (const socket of this.pairs.flat()) socket.destroy();
  }
}

describe('a server that falls silent without a goodbye', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let wire: SilencedWire;
  beforeEach(async () => {
    database = await createTestDatabase();
    wire = await SilencedWire.to(database.url);
  });
  afterEach(async () => {
    wire.close();
    await database.drop();
  });

  it.each(['before a transaction', 'within one'])(
    'costs those who ask it one wait when it does so %s, and serves whoever comes next',
    async (when) => {
      const pool = createPool({
        url: wire.url,
        maxConnections: 1,
        onIdleError: () => undefined,
        answerWithinMs: 2_000,
      });
      const kysely = createDatabase(pool);
      const one = () => sql<{ one: number }>`SELECT 1 AS one`.execute(kysely);
      try {
        expect((await one()).rows).toEqual([{ one: 1 }]);
        const asked = vi.spyOn(pg.Client.prototype, 'query');
        if (when === 'before a transaction') wire.silence();
        await expect(
          kysely.transaction().execute(async (transaction) => {
            wire.silence();
            await sql`SELECT 2`.execute(transaction);
          }),
        ).rejects.toThrow('timeout');
        expect((await one()).rows).toEqual([{ one: 1 }]);
        // a rollback would be one wait more
        const statements = asked.mock.calls.map(([text]) => text.toUpperCase());
        asked.mockRestore();
        expect(statements).toEqual([...(when === 'within one' ? ['BEGIN', 'SELECT 2'] : ['BEGIN']), 'SELECT 1 AS ONE']);
      } finally {
        await kysely.destroy();
      }
    },
  );

  it('keeps an answer waiting as long as its limit says, for all it asks, and loses no connection by it', async () => {
    const pool = createPool({ url: wire.url, maxConnections: 1, onIdleError: () => undefined });
    const kysely = createDatabase(pool);
    const one = () => sql<{ one: number }>`SELECT 1 AS one`.execute(kysely);
    try {
      await one();
      wire.silence();
      let asked = 0;
      await underWaitLimit(new WaitLimit(100), async () => {
        await expect(kysely.transaction().execute(() => (asked++, one()))).rejects.toBeInstanceOf(DatabaseSilentError);
        // a connection could be made by now, and the limit is used up
        await expect(one()).rejects.toBeInstanceOf(DatabaseSilentError);
      });
      expect(asked).toBe(0);
      expect((await one()).rows).toEqual([{ one: 1 }]);
    } finally {
      await kysely.destroy();
    }
  });

  it('is asked anew by each statement of an answer that it gives', async () => {
    const pool = createPool({ url: wire.url, maxConnections: 1, onIdleError: () => undefined });
    const kysely = createDatabase(pool);
    try {
      await sql`SELECT 1`.execute(kysely);
      await underWaitLimit(new WaitLimit(5_000), async () => {
        for (let at = 0; at < 6; at++) await sql`SELECT pg_sleep(1)`.execute(kysely);
      });
    } finally {
      await kysely.destroy();
    }
  });
});

describe('what the pool reads', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let pool: pg.Pool;
  beforeEach(async () => {
    database = await createTestDatabase();
    pool = createPool({ url: database.url, maxConnections: 1, onIdleError: () => undefined });
  });
  afterEach(async () => {
    await pool.end();
    await database.drop();
  });

  const read = async (text: string): Promise<unknown> =>
    (await pool.query<{ value: unknown }>(`SELECT ${text} AS value`)).rows[0]?.value;

  it.each(['0', '-1', '9007199254740991', '-9007199254740991'])('has the int8 %s as a number', async (int8) => {
    expect(await read(`'${int8}'::int8`)).toBe(Number(int8));
  });

  it.each(['9007199254740993', '-9007199254740993', '9223372036854775807'])(
    'refuses the int8 %s, which a number would round',
    async (int8) => {
      await expect(read(`'${int8}'::int8`)).rejects.toThrow(`int8 ${int8} does not fit a number`);
      expect(await read('1::int8')).toBe(1);
    },
  );
});
