import fc from 'fast-check';
import type { ApiDocument, Schema } from './api-document.js';

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
type Arbitrary = fc.Arbitrary<Json>;

/** Longer lists and texts prove nothing more, and cost time. */
const MOST_ITEMS = 3;
const MOST_CHARACTERS = 40;

/** Arbitrary values that a schema allows. */
export const arbitraryOf = (document: ApiDocument, given: Schema): Arbitrary => {
  const schema = only(document, given);
  if (schema.enum) return fc.constantFrom(...(schema.enum as Json[]));
  switch (schema.type) {
    case 'string':
      return schema.format === 'date-time' ? timeOf() : textOf(schema);
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 1e6, 1e6) });
    case 'array':
      return fc.array(arbitraryOf(document, schema.items ?? {}), { maxLength: MOST_ITEMS });
    case 'object':
      return schema.properties ? objectOf(document, schema) : mapOf(document, schema);
    default:
      throw new Error(`no value is known for ${JSON.stringify(schema)}`);
  }
};

/** The schema itself: its first alternative, with references resolved. */
export const only = (document: ApiDocument, given: Schema): Schema => {
  const schema = document.schema(given);
  const part = schema.allOf?.[0] ?? schema.oneOf?.[0] ?? schema.anyOf?.[0];
  return part ? only(document, part) : schema;
};

const timeOf = (): fc.Arbitrary<string> =>
  fc
    .date({ min: new Date('2100-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString());

const textOf = ({ pattern, minLength = 0, maxLength = MOST_CHARACTERS }: Schema): fc.Arbitrary<string> => {
  // a text that may not be shorter is as long as it may be
  const max = minLength > MOST_CHARACTERS / 2 ? maxLength : Math.min(maxLength, MOST_CHARACTERS);
  if (pattern === undefined) return fc.string({ minLength, maxLength: max, unit: 'grapheme' }).filter(isStorable);
  // fast-check does not support look-aheads: values that they forbid are filtered out
  return fc
    .stringMatching(new RegExp(pattern.replace(/\(\?!.*?\)/g, '')), { maxLength: max })
    .filter((text) => new RegExp(pattern).test(text) && text.length >= minLength && isStorable(text));
};

const isStorable = (text: string): boolean => !text.includes('\0') && !/\p{Surrogate}/u.test(text);

const objectOf = (document: ApiDocument, { properties = {}, required = [] }: Schema): Arbitrary =>
  fc.record(Object.fromEntries(Object.entries(properties).map(([name, of]) => [name, arbitraryOf(document, of)])), {
    requiredKeys: required,
  });

const mapOf = (document: ApiDocument, { propertyNames = {}, additionalProperties }: Schema): Arbitrary =>
  fc.dictionary(
    textOf(propertyNames).filter((key) => !(key in Object.prototype)),
    arbitraryOf(document, typeof additionalProperties === 'object' ? additionalProperties : {}),
    { maxKeys: MOST_ITEMS, noNullPrototype: true },
  );
