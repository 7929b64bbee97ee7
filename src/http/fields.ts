/**
 * Decorators for fields of requests. One decorator sets both the check and the OpenAPI document, so their bounds cannot differ. The
 * comment above a field is its description in the document.
 */
import { applyDecorators, type Type as Class } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import {
  ArrayUnique,
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';
import { faultOfLength, ListOf, ObjectOf, TextList, type FaultOfText } from './input-shape.js';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$/;

interface FieldOptions<Value> {
  /** The field may be omitted or null. */
  isOptional?: boolean;
  /** The value of an omitted field. The class must set it too. */
  default?: Value;
  example?: Value;
}

/** A whole number. */
export const IntegerField = ({ from, to, ...options }: FieldOptions<number> & { from: number; to: number }) =>
  field({ type: 'integer', minimum: from, maximum: to, ...shown(options) }, options, IsInt(), Min(from), Max(to));

interface TextOptions extends FieldOptions<string> {
  /** In characters. */
  least?: number;
  most?: number;
  pattern?: RegExp;
  /** A secret: it is in no answer. */
  isWriteOnly?: boolean;
  /** The message for a text that does not match the pattern. It begins with the name of the field. */
  says?: string;
}

/** A text. */
export const TextField = ({ least, most, pattern, says, isWriteOnly, ...options }: TextOptions) =>
  field(
    {
      type: 'string',
      ...(least !== undefined && { minLength: least }),
      ...(most !== undefined && { maxLength: most }),
      ...(pattern && { pattern: pattern.source }),
      ...(isWriteOnly && { writeOnly: true }),
      ...shown(options),
    },
    options,
    IsString(),
    ...(least === undefined ? [] : [MinLength(least)]),
    ...(most === undefined ? [] : [MaxLength(most)]),
    ...(pattern ? [Matches(pattern, says === undefined ? {} : { message: says })] : []),
  );

/** A point in time, as ISO 8601 with a time zone. */
export const TimeField = (options: FieldOptions<string> = {}) =>
  field(
    { type: String, format: 'date-time', ...shown(options) },
    options,
    IsISO8601({ strict: true, strictSeparator: true }),
    Matches(TIME, { message: '$property must be a time with a time zone, such as 2026-12-31T00:00:00Z' }),
  );

/** One word of an enum of `vocabulary`. */
export const WordField = <Word extends string>(
  words: { enum: readonly Word[]; example?: Word },
  options: FieldOptions<Word> = {},
) => field({ ...words, enum: [...words.enum], ...shown(options) }, options, IsIn(words.enum));

/** A list of texts. */
export const TextListField = ({
  most,
  each,
  ...options
}: FieldOptions<string[]> & { most: number; each: { least: number; most: number } | TextListItems }) => {
  const items: TextListItems =
    'faultOf' in each
      ? each
      : {
          schema: { minLength: each.least, maxLength: each.most },
          faultOf: (text) => faultOfLength(text, each.least, each.most),
        };
  return field(
    { type: 'array', items: { type: 'string', ...items.schema }, maxItems: most, ...shown(options) },
    options,
    TextList(most, items.faultOf),
  );
};

interface TextListItems {
  schema: { pattern?: string; minLength?: number; maxLength?: number };
  faultOf: FaultOfText;
}

/** A list of objects. No two of them may have the same value in the field `unique.key`. */
export const ObjectListField = (
  dto: () => Class<object>,
  { most, unique, ...options }: FieldOptions<object[]> & { most: number; unique: { key: string; says: string } },
) =>
  field(
    { type: () => [dto()], maxItems: most, uniqueItems: true, ...shown(options) },
    options,
    ListOf(dto, most),
    ArrayUnique((one: object) => (one as Record<string, unknown>)[unique.key], { message: unique.says }),
  );

/** One object. */
export const ObjectField = (dto: () => Class<object>, options: FieldOptions<object> = {}) =>
  field({ type: () => dto(), ...shown(options) }, options, ObjectOf(dto));

const shown = ({ isOptional = false, default: standard, example }: FieldOptions<unknown>) => ({
  required: !isOptional,
  ...(standard !== undefined && { default: standard }),
  ...(example !== undefined && { example }),
});

/**
 * A field of a kind that has no decorator here. Failed checks are reported in the order of `checks`.
 * @param property what the OpenAPI document shows
 */
export const field = (
  property: ApiPropertyOptions,
  { isOptional = false }: FieldOptions<unknown>,
  ...checks: PropertyDecorator[]
): PropertyDecorator =>
  applyDecorators(ApiProperty(property), ...checks.toReversed(), ...(isOptional ? [IsOptional()] : []));
