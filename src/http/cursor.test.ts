import { describe, expect, it } from 'vitest';
import { DomainError } from '../errors/domain-error.js';
import { decodeCursor, encodeCursor } from './cursor.js';

const refusalOf = (text: string, keys: ['id'] | { id: 'string' | 'integer' | 'time' } = ['id']): unknown => {
  try {
    return decodeCursor<{ id: string }>(text, keys);
  } catch (error) {
    return error;
  }
};

describe('a cursor', () => {
  it('comes back as the position it was made from', () => {
    const position = { createdAt: '2026-01-02T03:04:05.678Z', id: 'ins_é' };
    expect(decodeCursor<typeof position>(encodeCursor(position), ['createdAt', 'id'])).toEqual(position);
  });

  it('is safe in a URL as it is', () => {
    expect(encodeCursor({ id: '???>>>~~~' })).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  it.each([
    ['text that is not base64url', 'a b'],
    ['nothing', ''],
    ['broken JSON', Buffer.from('{"id":').toString('base64url')],
    ['a list', encodeCursor(['id'])],
    ['null', Buffer.from('null').toString('base64url')],
    ['another key', encodeCursor({ other: 'x' })],
    ['one key too many', encodeCursor({ id: 'x', other: 'y' })],
    ['an object for a value', encodeCursor({ id: { $ne: 1 } })],
    ['a NUL character', encodeCursor({ id: 'a\0b' })],
    ['a fraction', encodeCursor({ id: 1.5 })],
    ['an endless value', encodeCursor({ id: 'x'.repeat(300) })],
    ['an inherited name', Buffer.from('{"__proto__":{"id":"x"}}').toString('base64url')],
  ])('that holds %s is refused with a pointer to the parameter', (_, text) => {
    const refusal = refusalOf(text);
    expect(refusal).toBeInstanceOf(DomainError);
    expect(refusal).toMatchObject({ code: 'VALIDATION_ERROR', details: { faults: [{ pointer: '?cursor' }] } });
  });

  it.each([
    ['integer', 'x'],
    ['string', 5],
    ['time', '2026-13-45T00:00:00Z'],
    ['time', 'yesterday'],
  ] as const)('whose key must be of kind %s refuses %j', (kind, value) => {
    expect(refusalOf(encodeCursor({ id: value }), { id: kind })).toBeInstanceOf(DomainError);
  });
});
