import Type, { type TSchema, type TUnsafe } from 'typebox';

/** Parts of shapes. A shape gives the TypeScript type, the check of stored JSON, and the JSON Schema of the docs. */

/** A point in time: a Date in the code, ISO 8601 text in JSON. */
export const Time = Type.Unsafe<Date>({ type: 'string', format: 'date-time' });

export const nullable = <Shape extends TSchema>(shape: Shape) => Type.Union([shape, Type.Null()]);

/** A word of an enum. The check accepts unknown words, since a newer release may have added them. */
export const word = <Word extends string>(): TUnsafe<Word> => Type.Unsafe<Word>({ type: 'string' });

/** A period of time. */
export const SpanShape = Type.Object({ from: Time, to: Time });
