/**
 * Where a page ended, as opaque text for `nextCursor`: the sort values and the id that the next query needs.
 *
 * A cursor comes back from outside and goes into SQL, so each list says of which kind every field of its position is. A kind
 * accepts only what PostgreSQL takes for its type; anything else would be answered as a failure of the service.
 */
import { DomainError } from '../errors/domain-error.js';
import { isObject } from './input-shape.js';
import { faultOfText } from './unstorable-text.js';

/** That of the parameter `cursor` in {@link PageQuery}. */
export const MAX_CURSOR_LENGTH = 1024;
const MAX_TEXT_LENGTH = 256;
const INT4_MAX = 2 ** 31 - 1;

/** Whether a value out of a cursor is of this kind. */
export type CursorField<T extends string | number> = (value: unknown) => value is T;

/** A text that may be stored and compared, and that has this form. */
export const textField =
  (form = /^[^]*$/): CursorField<string> =>
  (value): value is string =>
    typeof value === 'string' && value.length <= MAX_TEXT_LENGTH && faultOfText(value) === null && form.test(value);

/** A number that counts something from 0: `integer` in SQL. */
export const countField: CursorField<number> = (value): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= INT4_MAX;

/** A moment that exists, as the database writes it for us: in UTC, to the microsecond. */
export const timeField: CursorField<string> = (value): value is string => {
  const [, toTheSecond] = typeof value === 'string' ? (TIME.exec(value) ?? []) : [];
  if (toTheSecond === undefined) return false;
  const moment = new Date(`${toTheSecond}Z`);
  // February 31 would become March 3
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(toTheSecond);
};

// there is no year 0 in SQL
const TIME = /^((?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d{6}Z$/;

/** The cursors of one list. */
export class Cursor<T extends { [K in keyof T]: string | number }> {
  private readonly fields: [string, CursorField<string | number>][];

  /** @param parameter the parameter of the query that takes the cursor */
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
   * @returns exactly the fields of this list, each of its kind
   * @throws DomainError VALIDATION_ERROR pointing at the parameter
   */
  decode(text: string): T {
    const position = parse(text);
    const isOurs =
      Object.keys(position).length === this.fields.length &&
      this.fields.every(([name, isOfKind]) => Object.hasOwn(position, name) && isOfKind(position[name]));
    if (isOurs) return position as T;
    throw new DomainError('VALIDATION_ERROR', 'The cursor is not one that this service gave out.', {
      faults: [{ pointer: `?${this.parameter}`, detail: 'must be a nextCursor of an earlier page' }],
    });
  }
}

/** Empty when the text holds no object. */
function parse(text: string): Record<string, unknown> {
  if (text.length > MAX_CURSOR_LENGTH || !/^[A-Za-z0-9_-]+$/.test(text)) return {};
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return isObject(value) ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
