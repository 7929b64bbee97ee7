import Type, { type TSchema, type TUnsafe } from 'typebox';

/** Parts of shapes: one object that gives the TypeScript type, the check of stored JSON, and the JSON Schema of the docs. */

/** A moment: a Date in the code, an ISO 8601 text in JSON. */
export const Time = Type.Unsafe<Date>({ type: 'string', format: 'date-time' });

export const nullable = <Shape extends TSchema>(shape: Shape) => Type.Union([shape, Type.Null()]);

/** A word of a closed set. A word that a later release adds passes the check: it is no damage. */
export const word = <Word extends string>(): TUnsafe<Word> => Type.Unsafe<Word>({ type: 'string' });

/** A stretch of time. */
export const SpanShape = Type.Object({ from: Time, to: Time });
