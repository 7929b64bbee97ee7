import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../errors/domain-error.js';
import { countField, Cursor, textField, timeField } from './cursor.js';

const ids = new Cursor<{ id: string }>({ id: textField() });
const cursorOf = (json: string): string => Buffer.from(json, 'utf8').toString('base64url');

/** What comes of it: the position, or the refusal. */
const readBy = (cursor: { decode: (text: string) => unknown }, text: string): unknown => {
  try {
    return cursor.decode(text);
  } catch (error) {
    return error;
  }
};

describe('a cursor', () => {
  it('comes back as the position it was made from', () => {
    const cursor = new Cursor<{ at: string; id: string; seq: number }>({
      at: timeField,
      id: textField(),
      seq: countField,
    });
    const position = fc.record({
      at: fc
        .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
        .map((date) => date.toISOString().replace('Z', '000Z')),
      id: fc.string({ maxLength: 100, unit: 'grapheme' }).filter((text) => !text.includes('\0')),
      seq: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    });
    fc.assert(
      fc.property(position, (made) => {
        const text = cursor.encode(made);
        expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(cursor.decode(text)).toEqual(made);
      }),
    );
  });

  it.each([
    ['text that is not base64url', 'a b'],
    ['nothing', ''],
    ['broken JSON', cursorOf('{"id":')],
    ['a list', cursorOf('["id"]')],
    ['null', cursorOf('null')],
    ['another key', cursorOf('{"other":"x"}')],
    ['one key too many', cursorOf('{"id":"x","other":"y"}')],
    ['an object for a value', cursorOf('{"id":{"$ne":1}}')],
    ['a NUL character', cursorOf('{"id":"a\\u0000b"}')],
    ['half of a surrogate pair', cursorOf('{"id":"\\ud800"}')],
    ['an endless value', cursorOf(JSON.stringify({ id: 'x'.repeat(300) }))],
    ['an inherited name', cursorOf('{"__proto__":{"id":"x"}}')],
    ['more than any position', cursorOf(`{"id":"x"${' '.repeat(1_000)}}`)],
  ])('that holds %s is refused with a pointer to the parameter', (_, text) => {
    const refusal = readBy(ids, text);
    expect(refusal).toBeInstanceOf(DomainError);
    expect(refusal).toMatchObject({ code: 'VALIDATION_ERROR', details: { faults: [{ pointer: '?cursor' }] } });
  });

  it.each([
    ['a count', countField, ['"1"', '-1', '1.5', '2147483648', '9223372036854775808', '1e999', 'null', 'true', '[1]']],
    ['a text', textField(), ['5', 'null', 'true', '["x"]']],
    ['a text of a form', textField(/^a+$/), ['"b"', '""', '"a\\n"', '"ab"']],
    [
      'a time',
      timeField,
      [
        ...['"yesterday"', '5', 'null', '""', '"infinity"', '"2026-01-02T03:04:05.678Z"', '"2026-01-02"'],
        ...['"2026-02-31T00:00:00.000000Z"', '"2025-02-29T00:00:00.000000Z"', '"2026-13-01T00:00:00.000000Z"'],
        ...['"2026-01-01T24:00:00.000000Z"', '"2026-01-01T23:59:60.000000Z"', '"0000-01-01T00:00:00.000000Z"'],
        ...['"10000-01-01T00:00:00.000000Z"', '"2026-01-01T00:00:00.000000+99:00"', '"٢٠٢٦-01-01T00:00:00.000000Z"'],
      ],
    ],
  ] as const)('whose field is %s holds nothing else', (_, field, values) => {
    const cursor = new Cursor<{ id: string | number }>({ id: field });
    const taken = values.filter((value) => !(readBy(cursor, cursorOf(`{"id":${value}}`)) instanceof DomainError));
    expect(taken).toEqual([]);
  });
});
