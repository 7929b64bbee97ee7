import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { nullable, SpanShape, Time, word } from '../vocabulary/shape.js';
import { codecOf } from './stored-json.js';

const AT = '2026-01-02T03:04:05.678Z';
const SHAPE = Type.Object({
  word: word<'a' | 'b'>(),
  at: Time,
  maybeAt: nullable(Time),
  spans: Type.Array(SpanShape),
  byId: Type.Record(
    Type.String(),
    Type.Object({ at: Time, said: Type.Union([Type.String(), Type.Null()], { default: null }) }),
  ),
  inner: nullable(Type.Object({ at: Time, count: Type.Integer({ default: 7 }) })),
  list: Type.Array(Type.String(), { default: ['standard'] }),
});
const STORED = {
  word: 'a',
  at: AT,
  maybeAt: null,
  spans: [{ from: AT, to: AT }],
  byId: { m1: { at: AT, said: 'no' } },
  inner: { at: AT, count: 1 },
  list: [],
};
const TIME = new Date(AT);
const DECODED = {
  word: 'a',
  at: TIME,
  maybeAt: null,
  spans: [{ from: TIME, to: TIME }],
  byId: { m1: { at: TIME, said: 'no' } },
  inner: { at: TIME, count: 1 },
  list: [],
};
const codec = codecOf(SHAPE);
const stored = (changes: object = {}): unknown => JSON.parse(JSON.stringify({ ...STORED, ...changes }));

describe('stored JSON', () => {
  it('is read with its times as times, and is the same when it is written again', () => {
    const value = codec.decode(stored());
    expect(value).toEqual(DECODED);
    expect(JSON.parse(JSON.stringify(value))).toEqual(STORED);
  });

  it('keeps at every depth what the shape does not name', () => {
    const later = { later: [{ x: 1 }] };
    const json = stored({ ...later, inner: { at: AT, count: 1, ...later }, spans: [{ from: AT, to: AT, ...later }] });
    expect(codec.decode(json)).toMatchObject({ ...later, inner: later, spans: [later] });
  });

  it('gets the defaults of what an earlier release did not store', () => {
    const json = stored({ list: undefined, inner: { at: AT }, byId: { m1: { at: AT } } });
    expect(codec.decode(json)).toEqual({
      ...DECODED,
      list: ['standard'],
      inner: { at: TIME, count: 7 },
      byId: { m1: { at: TIME, said: null } },
    });
  });

  it('gives each its own copy of a default', () => {
    codec.decode(stored({ list: undefined }))?.list.push('changed');
    expect(codec.decode(stored({ list: undefined }))?.list).toEqual(['standard']);
  });

  it('keeps a word that a later release has added', () => {
    expect(codec.decode(stored({ word: 'c' }))?.word).toBe('c');
  });

  it('of an earlier shape is upgraded, and only then', () => {
    const calls: unknown[] = [];
    const renaming = codecOf(SHAPE, (json) => {
      calls.push(json);
      const { text, ...rest } = json as { text: string };
      return { ...rest, word: text };
    });
    expect(renaming.decode(stored())).toEqual(DECODED);
    expect(calls).toEqual([]);
    expect(renaming.decode(stored({ word: undefined, text: 'b' }))).toEqual({ ...DECODED, word: 'b' });
  });

  it('whose upgrade throws is damaged', () => {
    const broken = codecOf(SHAPE, () => {
      throw new Error('no such shape');
    });
    expect(broken.decode({})).toBeNull();
  });

  it.each([
    null,
    undefined,
    5,
    'text',
    [],
    {},
    // no field of the shape may be such a number
    ...Object.keys(STORED).map((key) => ({ ...STORED, [key]: 5.5 })),
    { ...STORED, at: 'never' },
    { ...STORED, spans: [{ from: AT }] },
    { ...STORED, at: undefined },
  ])('is damaged, and nothing throws: %j', (json) => {
    expect(codec.decode(json === undefined ? undefined : JSON.parse(JSON.stringify(json)))).toBeNull();
  });

  it('is not said to be of one of two shapes that both hold times', () => {
    const two = Type.Union([Type.Object({ a: Time }), Type.Object({ b: Time })]);
    expect(() => codecOf(two)).toThrow('more than one');
  });
});
