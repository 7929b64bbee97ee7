/**
 * Decorators for query parameters, in addition to those of `fields.ts`. A parameter comes as text, or as a list of texts when it is given
 * several times. All parameters are optional. None has an example but its default: Swagger UI fills an example in, and sends it.
 */
import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, Matches } from 'class-validator';
import type { NamedWords } from '../vocabulary/named-words.js';
import { MAX_CURSOR_LENGTH } from './cursor.js';
import { field, IntegerField, TextField, WordField } from './fields.js';

/** How many entries a page holds when its reader does not say. */
export const DEFAULT_LIMIT = 20;

const OPTIONAL = { isOptional: true } as const;

/** A whole number. The class must set the default, if there is one. */
export const IntegerParameter = (options: { from: number; to: number; default?: number }): PropertyDecorator =>
  applyDecorators(IntegerField({ ...options, ...OPTIONAL }), Transform(fromValue(numberOf)));

/** The most entries on a page. */
export const LimitParameter = (): PropertyDecorator => IntegerParameter({ from: 1, to: 100, default: DEFAULT_LIMIT });

/** The `nextCursor` of the page before. */
export const CursorParameter = (): PropertyDecorator =>
  TextField({
    ...OPTIONAL,
    most: MAX_CURSOR_LENGTH,
    pattern: /^[A-Za-z0-9_-]+$/,
    says: '$property must be a nextCursor of an earlier page',
  });

/** One word of an enum. */
export const WordParameter = <Word extends string>({ example: _, ...words }: NamedWords<Word>): PropertyDecorator =>
  WordField(words, OPTIONAL);

/** Words of an enum, given several times or separated by commas. */
export const WordsParameter = <Word extends string>({ example: _, ...words }: NamedWords<Word>): PropertyDecorator =>
  field(
    { ...words, isArray: true, required: false },
    OPTIONAL,
    Transform(fromValue((value) => (typeof value === 'string' ? value.split(',') : value))),
    IsArray(),
    ArrayMaxSize(words.enum.length),
    IsIn(words.enum, { each: true }),
  );

/**
 * Texts that match a pattern, given several times or separated by commas. In an item, write a comma as `\,`, and a backslash before a
 * comma or a backslash as `\\`.
 */
export const TextsParameter = ({ most, pattern, says }: { most: number; pattern: RegExp; says: string }) =>
  field(
    { type: 'array', items: { type: 'string', pattern: pattern.source }, maxItems: most, required: false },
    OPTIONAL,
    Transform(fromValue(escapedListOf)),
    IsArray(),
    ArrayMaxSize(most),
    Matches(pattern, { each: true, message: says }),
  );

const fromValue =
  (read: (value: unknown) => unknown) =>
  ({ value }: { value: unknown }): unknown =>
    read(value);

/** Converts digits to a number. Other notations (`1e1`, `0x1`, nothing) stay text, which `IsInt` refuses. */
const numberOf = (value: unknown): unknown =>
  typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : value;

const escapedListOf = (value: unknown): unknown => {
  const texts = [value].flat();
  if (!texts.every((text) => typeof text === 'string')) return value;
  return texts.flatMap((text) =>
    (text.match(/(?:\\[,\\]|[^,])+|(?<=,|^)(?=,|$)/g) ?? []).map((item) => item.replace(/\\([,\\])/g, '$1')),
  );
};
