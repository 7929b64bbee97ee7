import { DomainError } from '../errors/domain-error.js';

const MAX_CURSOR_LENGTH = 1024;
const MAX_VALUE_LENGTH = 256;

/** Where a page ended, as opaque text for `nextCursor`. Holds only what the next query needs: sort values and the id. */
export const encodeCursor = (position: object): string =>
  Buffer.from(JSON.stringify(position), 'utf8').toString('base64url');

/** What a key of a cursor may hold. `time` is an RFC 3339 string that the database will accept. */
type CursorValue = 'string' | 'integer' | 'time';

/**
 * The position that `encodeCursor` made. A cursor comes back from outside, so it is checked like any other input: exactly
 * the named keys, and values that SQL will take.
 * @param keys the names (each a string or an integer), or each name with the one kind that it must be
 * @throws DomainError VALIDATION_ERROR pointing at `?cursor`
 */
export function decodeCursor<T extends object>(
  text: string,
  keys: readonly (keyof T & string)[] | Readonly<Record<keyof T & string, CursorValue>>,
): T {
  const position = parse(text);
  const names: readonly string[] = Array.isArray(keys) ? keys : Object.keys(keys);
  const kinds = new Map<string, CursorValue>(Array.isArray(keys) ? [] : Object.entries(keys));
  if (position === null || Object.keys(position).length !== names.length) throw notOurs();
  for (const name of names) {
    if (!Object.hasOwn(position, name) || !isAcceptable(position[name], kinds.get(name))) throw notOurs();
  }
  return position as T;
}

function parse(text: string): Record<string, unknown> | null {
  if (text.length > MAX_CURSOR_LENGTH || !/^[A-Za-z0-9_-]+$/.test(text)) return null;
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

function isAcceptable(value: unknown, kind: CursorValue | undefined): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && (kind === undefined || kind === 'integer');
  if (typeof value !== 'string' || value.length > MAX_VALUE_LENGTH || value.includes('\0')) return false;
  if (kind === 'time') return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) && !Number.isNaN(Date.parse(value));
  return kind !== 'integer';
}

const notOurs = (): DomainError =>
  new DomainError('VALIDATION_ERROR', 'The cursor is not one that this service gave out.', {
    faults: [{ pointer: '?cursor', detail: 'must be a nextCursor of an earlier page' }],
  });
