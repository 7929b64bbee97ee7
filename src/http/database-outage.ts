/**
 * Tells whether an error means that the database could not be reached or could not do the work now, rather than that the work was wrong.
 * The caller may try again. It is unknown whether an interrupted commit was done.
 */

import { DatabaseSilentError } from '../database/wait-limit.js';

/** SQLSTATE classes and codes of PostgreSQL 18, Appendix A. */
const OUTAGE_STATES = [
  /^08/, // connection exceptions
  /^28/, // the password was changed while the service runs
  /^3D000$/, // the database does not exist
  /^53/, // out of connections, memory or disk
  /^57P0[1-5]$/, // shutting down, crashed, starting, dropped, idle too long
  /^57014$/, // statement timeout
  /^55P03$/, // lock timeout
  /^40001$/, // serialization failure
  /^40P01$/, // deadlock
  /^25006$/, // read-only: a primary that was demoted
];

const BROKEN_CODES = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT']);
const SOCKET_CODES = new Set([...BROKEN_CODES, 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENOENT']);

/** Errors that pg throws without a code. */
const POOL_MESSAGES =
  /^(Connection terminated|Query read timeout|timeout expired|timeout exceeded when trying to connect|Client has encountered a connection error|Cannot use a pool after calling end|the database is not open)/;

const MAX_CAUSES = 5;

export function isDatabaseOutage(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > MAX_CAUSES) return false;
  if (error instanceof DatabaseSilentError) return true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (OUTAGE_STATES.some((state) => state.test(code)) && 'severity' in error) return true;
  const syscall = 'syscall' in error ? error.syscall : null;
  if (syscall === 'connect' && SOCKET_CODES.has(code)) return true;
  // without a system call, ECONNRESET is a client that aborted its request
  if ((syscall === 'read' || syscall === 'write') && BROKEN_CODES.has(code)) return true;
  if (POOL_MESSAGES.test(error.message)) return true;
  if (error instanceof AggregateError && error.errors.some((inner) => isDatabaseOutage(inner, depth + 1))) return true;
  return isDatabaseOutage(error.cause, depth + 1);
}
