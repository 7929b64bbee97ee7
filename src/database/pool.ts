import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { sessionUrl } from './session-url.js';
import type { Tables } from './tables.js';
import { currentWaitLimit, DatabaseSilentError } from './wait-limit.js';

export type Database = Kysely<Tables>;

export interface PoolOptions {
  url: string;
  maxConnections: number;
  /** Told of connections that break while idle. The pool replaces them by itself. */
  onIdleError: (error: Error) => void;
  /** For tests: how long the server may be silent. */
  answerWithinMs?: number;
}

/** Sessions that carry this name are services, not people: see `EmbeddedServer.stop`. */
export const APPLICATION_NAME = 'novitai';

/** Longer than a server lets a statement take. One that is silent then is gone, which TCP may take a quarter of an hour to find. */
export const ANSWER_WITHIN_MS = 20_000;

const INT8: number = pg.types.builtins.INT8;

/** int8 (counts, sums) as a number; one that a number cannot hold exactly is an error and not a rounded value. */
const parseInt8 = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 ${text} does not fit a number`);
  return value;
};

const types: pg.CustomTypesConfig = {
  getTypeParser: (id, format) =>
    (id as number) === INT8 && format !== 'binary' ? parseInt8 : (pg.types.getTypeParser(id, format) as unknown),
};

/** Opens no connection yet. Every wait in it is bounded, so that a sick database makes errors and not a standstill. */
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
    // one connection always stays: it shows the other services on an embedded server that we are here
    min: 1,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    // after a failover a pool must not stay for ever with the old primary
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
  // and so does one that breaks between two statements of whoever holds it: that one's next statement fails, which is enough
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
};

/** The pool stays the caller's to end, unless the returned object is destroyed (which ends it). */
export const createDatabase = (pool: pg.Pool): Database =>
  new Kysely<Tables>({ dialect: new PostgresDialect({ pool: forgettingSilentOnes(pool) }) });

/**
 * Waits no longer than the answer may that is being worked on. And a connection that has not answered once never serves again: what
 * is asked next would wait behind what was asked first.
 */
const forgettingSilentOnes = (pool: pg.Pool): PostgresPool => ({
  options: pool.options,
  end: () => pool.end(),
  connect: async () => {
    const client = await connectionOf(pool);
    let silent: Error | null = null;
    const query = async (text: string, parameters: unknown[]): Promise<unknown> => {
      // a rollback would wait as long as what it follows
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
  // a connection that comes too late still serves the next caller
  const giveBack = (client: pg.PoolClient): void => {
    client.release();
  };
  return currentWaitLimit()?.wait(connect, giveBack) ?? connect();
};

/** The driver gives its own silence no code. */
const isSilence = (error: unknown): error is Error =>
  error instanceof DatabaseSilentError || (error instanceof Error && error.message === 'Query read timeout');
