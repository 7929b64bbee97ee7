import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { sessionUrl } from './session-url.js';
import type { Tables } from './tables.js';
import { currentWaitLimit, DatabaseSilentError } from './wait-limit.js';

export type Database = Kysely<Tables>;

export interface PoolOptions {
  url: string;
  maxConnections: number;
  /** Called when an idle connection breaks. The pool replaces it. */
  onIdleError: (error: Error) => void;
  /** How long the server may be silent, for tests. */
  answerWithinMs?: number;
}

/** Marks sessions of services, as opposed to people: see `EmbeddedServer.stop`. */
export const APPLICATION_NAME = 'novitai';

/** Longer than the statement timeout. A server that is silent for longer is gone; TCP may need a quarter of an hour to notice. */
export const ANSWER_WITHIN_MS = 20_000;

const INT8: number = pg.types.builtins.INT8;

/** Reads int8 (counts, sums) as a number. A value that does not fit exactly is an error. */
const parseInt8 = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 ${text} does not fit a number`);
  return value;
};

const types: pg.CustomTypesConfig = {
  getTypeParser: (id, format) =>
    (id as number) === INT8 && format !== 'binary' ? parseInt8 : (pg.types.getTypeParser(id, format) as unknown),
};

/** Opens no connection yet. Every wait is bounded, so that a broken database causes errors instead of a standstill. */
export const createPool = ({
  url,
  maxConnections,
  onIdleError,
  answerWithinMs = ANSWER_WITHIN_MS,
}: PoolOptions): pg.Pool => {
  const pool = new pg.Pool({
    connectionString: sessionUrl(url),
    application_name: APPLICATION_NAME,
    max: maxConnections,
    // keeps one connection, which shows other services on an embedded server that this one still runs
    min: 1,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    // after a failover the pool must leave the old primary
    maxLifetimeSeconds: 1_800,
    keepAlive: true,
    query_timeout: answerWithinMs,
    statement_timeout: 15_000,
    lock_timeout: 5_000,
    idle_in_transaction_session_timeout: 30_000,
    types,
  });
  // without a listener a broken idle connection ends the process
  pool.on('error', onIdleError);
  // the same holds for a connection in use that breaks between statements: its next statement fails
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
};

/** The caller must end the pool. Destroying the returned object would end it too. */
export const createDatabase = (pool: pg.Pool): Database =>
  new Kysely<Tables>({ dialect: new PostgresDialect({ pool: withoutSilentConnections(pool) }) });

/**
 * Applies the wait limit of the current request. A connection that failed to answer once is never reused: the next statement would wait
 * behind the unanswered one.
 */
const withoutSilentConnections = (pool: pg.Pool): PostgresPool => ({
  options: pool.options,
  end: () => pool.end(),
  connect: async () => {
    const client = await connectionOf(pool);
    let silent: Error | null = null;
    const query = async (text: string, parameters: unknown[]): Promise<unknown> => {
      // a rollback would wait behind the silent statement
      if (silent) throw silent;
      try {
        const ask = () => client.query(text, parameters);
        return await (currentWaitLimit()?.forAnswer(ask) ?? ask());
      } catch (error) {
        if (isSilence(error)) silent = error;
        throw error;
      }
    };
    const release = (destroy?: boolean): void => {
      client.release(destroy === true || silent !== null);
    };
    return { query, release } as PostgresPoolClient;
  },
});

const connectionOf = (pool: pg.Pool): Promise<pg.PoolClient> => {
  const connect = () => pool.connect();
  // a connection that comes too late is returned to the pool
  const giveBack = (client: pg.PoolClient): void => {
    client.release();
  };
  return currentWaitLimit()?.wait(connect, giveBack) ?? connect();
};

/** Matches the driver's message too, which has no code. */
const isSilence = (error: unknown): error is Error =>
  error instanceof DatabaseSilentError || (error instanceof Error && error.message === 'Query read timeout');
