/**
 * What a session says for itself, whatever an operator has set for the server, the database or the role: everything
 * that would change what our statements mean, what their answers look like, or whether a commit lasts. A setting that
 * a connection asks for at its start is stronger than all of these.
 *
 * Left to the operator on purpose: `search_path` (which schema our tables are in), `default_transaction_read_only`
 * (then the service refuses to start), and settings of speed, of memory and of the server's log.
 */
export const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  // how values are written: the driver reads these forms only
  DateStyle: 'ISO,MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  // how statements are read
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',
  // what a transaction sees, and whether it lasts: a purchase is written down before it is made
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  synchronous_commit: 'on',
  gin_fuzzy_search_limit: '0',
  row_security: 'on',
  // what breaks a session off; the pool asks for limits of its own
  exit_on_error: 'off',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
};

const asOption = ([name, value]: [string, string]): string => `-c ${name}=${value.replaceAll(' ', '\\ ')}`;

/** The same address, whose sessions begin with {@link SESSION_SETTINGS}; options of its own stay, and are weaker. */
export const sessionUrl = (url: string): string => {
  const address = new URL(url);
  const given = address.searchParams.get('options') ?? '';
  const ours = Object.entries(SESSION_SETTINGS).map(asOption);
  address.searchParams.set('options', [given, ...ours].join(' ').trim());
  return address.href;
};
