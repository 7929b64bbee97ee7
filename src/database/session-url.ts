/**
 * Settings of every session that override those of the server, the database and the role: all that change the meaning of statements, the
 * form of results, or whether a commit lasts. Settings in the startup packet of a connection are the strongest.
 *
 * Left to the operator: `search_path` (the schema of our tables), `default_transaction_read_only` (then the service refuses to start), and
 * settings of speed, memory and the server's log.
 */
export const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  // the form of values: the driver reads only these forms
  DateStyle: 'ISO,MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  // the syntax of statements
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',
  // isolation and durability: a purchase is recorded before it is made
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  synchronous_commit: 'on',
  gin_fuzzy_search_limit: '0',
  row_security: 'on',
  // what ends a session; the pool sets limits of its own
  exit_on_error: 'off',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
};

const asOption = ([name, value]: [string, string]): string => `-c ${name}=${value.replaceAll(' ', '\\ ')}`;

/** The same URL, whose sessions begin with {@link SESSION_SETTINGS}. Options in the URL stay, but are overridden. */
export const sessionUrl = (url: string): string => {
  const address = new URL(url);
  const given = address.searchParams.get('options') ?? '';
  const ours = Object.entries(SESSION_SETTINGS).map(asOption);
  address.searchParams.set('options', [given, ...ours].join(' ').trim());
  return address.href;
};
