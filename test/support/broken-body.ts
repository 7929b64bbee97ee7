import type { ApiDocument, Schema } from './api-document.js';
import { only, type Json } from './arbitrary-body.js';

/** A body with exactly one fault. */
export interface BrokenBody {
  what: string;
  /** Where the fault is: an RFC 6901 pointer. */
  pointer: string;
  body: Json;
}

interface Node {
  path: (string | number)[];
  schema: Schema;
  /** As it may be written: with its alternatives. */
  written: Schema;
  value: Json;
  isRequired: boolean;
  isItem: boolean;
}

/** Breaks every node of a valid body in every known way. */
export const breakagesOf = (document: ApiDocument, schema: Schema, body: Json): BrokenBody[] =>
  nodesOf(document, schema, body).flatMap((node) =>
    breakagesAt(document, node).map(([what, value, path = node.path]) => ({
      what,
      pointer: path.map((name) => `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
      body: replaced(body, node.path, value),
    })),
  );

/** The same body with null in each omitted optional field. */
export const withNulls = (document: ApiDocument, given: Schema, value: Json): Json => {
  const schema = only(document, given);
  if (Array.isArray(value)) return value.map((item) => withNulls(document, schema.items ?? {}, item));
  if (typeof value !== 'object' || value === null || !schema.properties) return value;
  const names = Object.keys(schema.properties);
  return Object.fromEntries(
    names.map((name) => [name, withNulls(document, schema.properties?.[name] ?? {}, value[name] ?? null)]),
  );
};

const nodesOf = (document: ApiDocument, given: Schema, value: Json, at: Partial<Node> = {}): Node[] => {
  const schema = only(document, given);
  const { path = [], isRequired = true, isItem = false } = at;
  const written = document.schema(given);
  const node: Node = { path, schema, written, value, isRequired, isItem };
  if (Array.isArray(value)) {
    const items = value.map((item, index) =>
      nodesOf(document, schema.items ?? {}, item, { path: [...path, index], isItem: true }),
    );
    return [node, ...items.flat()];
  }
  if (typeof value !== 'object' || value === null) return [node];
  const children = Object.entries(value).map(([name, child]) => {
    const of = schema.properties?.[name] ?? schema.additionalProperties;
    return nodesOf(document, typeof of === 'object' ? of : {}, child, {
      path: [...path, name],
      isRequired: schema.required?.includes(name) ?? false,
    });
  });
  return [node, ...children.flat()];
};

/** The kind of fault, the wrong value, and the expected place when it is not the node itself. */
type Breakage = [what: string, value: Json, path?: (string | number)[]];

const breakagesAt = (document: ApiDocument, node: Node): Breakage[] => {
  const { value, path, isRequired, isItem } = node;
  const strangers: Json[] = ['a text', 7, 7.5, true, {}, { a: 1 }, [], [[]], [{}], [value]];
  const types = strangers
    // alone in a list, an empty list is a valid one, and so is an object of a map or with no required field
    .filter((stranger) => document.fault(node.written, stranger) !== null && !isAllowedShape(node, stranger))
    .map((stranger): Breakage => [
      `${JSON.stringify(stranger).slice(0, 40)} for ${JSON.stringify(value).slice(0, 40)}`,
      stranger,
    ]);
  const nulls: Breakage[] = (isRequired && path.length > 0) || isItem || path.length === 0 ? [['null', null]] : [];
  return [...types, ...nulls, ...limitsOf(node)];
};

/** An object for an object, or a list for a list, is broken further inside: the fault is not the node's. */
const isAllowedShape = ({ schema }: Node, stranger: Json): boolean =>
  (schema.type === 'object' && typeof stranger === 'object' && !Array.isArray(stranger)) ||
  (schema.type === 'array' && Array.isArray(stranger));

const limitsOf = ({ schema, value, path }: Node): Breakage[] => {
  if (schema.enum) return [['no word of the list', 'no-such-word']];
  switch (schema.type) {
    case 'string':
      return [
        ...(schema.maxLength === undefined ? [] : [['a text too long', 'a'.repeat(schema.maxLength + 1)] as Breakage]),
        ...(schema.minLength ? [['an empty text', ''] as Breakage] : []),
        ...(schema.pattern === undefined ? [] : [['a text of another pattern', '# \n#'] as Breakage]),
      ];
    case 'integer':
      return [
        ...(schema.minimum === undefined ? [] : [['too small', schema.minimum - 1] as Breakage]),
        ...(schema.maximum === undefined ? [] : [['too large', schema.maximum + 1] as Breakage]),
      ];
    case 'array':
      return schema.maxItems === undefined
        ? []
        : [['too many items', Array(schema.maxItems + 1).fill((value as Json[])[0] ?? {}) as Json[]]];
    case 'object':
      return objectLimits(schema, value as Record<string, Json>, path);
    default:
      return [];
  }
};

const objectLimits = (schema: Schema, value: Record<string, Json>, path: (string | number)[]): Breakage[] => {
  if (schema.properties) {
    return ['unknown', 'Name', ' name', ...[null, 1].map(String)].map((name): Breakage => [
      `a field ${JSON.stringify(name)}`,
      { ...value, [name]: null },
      [...path, name],
    ]);
  }
  const many = Object.fromEntries(Array.from({ length: (schema.maxProperties ?? 0) + 1 }, (_, at) => [`k${at}`, 'v']));
  return [
    ...(schema.maxProperties === undefined ? [] : [['too many entries', many] as Breakage]),
    ['a key of another pattern', { ...value, ' ': 'v' }, [...path, ' ']],
  ];
};

const replaced = (body: Json, [name, ...rest]: (string | number)[], value: Json): Json => {
  if (name === undefined) return value;
  if (Array.isArray(body)) return body.map((item, at) => (at === name ? replaced(item, rest, value) : item));
  const object = body as Record<string, Json>;
  return { ...object, [name]: replaced(object[name] ?? null, rest, value) };
};
