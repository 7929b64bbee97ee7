/**
 * The end of a page as opaque text for `nextCursor`: the sort values and the id that the next query needs.
 *
 * A cursor comes back from a client and goes into SQL, so each list declares the kind of every field. A kind accepts only what PostgreSQL
 * accepts for its type; anything else would end as an internal error.
 */
import { DomainError } from '../errors/domain-error.js';
import { isObject } from './input-shape.js';
import { faultOfText } from './unstorable-text.js';

/** The limit of the parameter `cursor` in {@link PageQuery}. */
export const MAX_CURSOR_LENGTH = 1024;
const MAX_TEXT_LENGTH = 256;
const INT4_MAX = 2 ** 31 - 1;

/** Tells whether a value from a cursor is of this kind. */
export type CursorField<T extends string | number> = (value: unknown) => value is T;

/** A text that PostgreSQL can store, and that matches `form`. */
export const textField =
  (form = /^[^]*$/): CursorField<string> =>
  (value): value is string =>
    typeof value === 'string' && value.length <= MAX_TEXT_LENGTH && faultOfText(value) === null && form.test(value);

/** A whole number from 0 that fits into `integer` of SQL. */
export const countField: CursorField<number> = (value): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= INT4_MAX;

/** An existing point in time, as the database writes it: in UTC, to the microsecond. */
export const timeField: CursorField<string> = (value): value is string => {
  const [, toTheSecond] = typeof value === 'string' ? (TIME.exec(value) ?? []) : [];
  if (toTheSecond === undefined) return false;
  const moment = new Date(`${toTheSecond}Z`);
  // February 31 would become March 3
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(toTheSecond);
};

// SQL has no year 0
const TIME = /^((?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d{6}Z$/;

/** The cursors of one list. */
export class Cursor<T extends { [K in keyof T]: string | number }> {
  private readonly fields: [string, CursorField<string | number>][];

  /** @param parameter the query parameter that takes the cursor */
  constructor(
    fields: { [K in keyof T & string]: CursorField<T[K]> },
    private readonly parameter = 'cursor',
  ) {
    this.fields = Object.entries(fields);
  }

  encode(position: T): string {
    return Buffer.from(JSON.stringify(position), 'utf8').toString('base64url');
  }

  /**
   * @returns the fields of this list and no others, each of its kind
   * @throws DomainError VALIDATION_ERROR pointing at the parameter
   */
  decode(text: string): T {
    const position = parse(text);
    const isOurs =
      Object.keys(position).length === this.fields.length &&
      this.fields.every(([name, isOfKind]) => Object.hasOwn(position, name) && isOfKind(position[name]));
    if (isOurs) return position as T;
    throw new DomainError('VALIDATION_ERROR', 'The cursor was not issued by this service.', {
      faults: [{ pointer: `?${this.parameter}`, detail: 'must be a nextCursor of an earlier page' }],
    });
  }
}

/** The object in the text, or an empty one when there is none. */
function parse(text: string): Record<string, unknown> {
  if (text.length > MAX_CURSOR_LENGTH || !/^[A-Za-z0-9_-]+$/.test(text)) return {};
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return isObject(value) ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
