import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';

/**
 * Reads a JSON column. Decoding never throws. Unknown keys stay in the value and are written back. Missing keys get their defaults. Times
 * become Dates.
 */
export interface Codec<Value> {
  /** May change the given JSON in place. Null: the JSON is damaged. */
  decode(json: unknown): Value | null;
}

/**
 * @param upgrade makes JSON of an earlier release fit the shape; called only for JSON that defaults do not make fit. If it throws, the JSON is
 *   damaged.
 */
export const codecOf = <Shape extends TSchema>(
  shape: Shape,
  upgrade: (json: unknown) => unknown = (json) => json,
): Codec<Static<Shape>> => {
  const check = Compile(shape);
  const fill = walk(shape, fillsDefaults);
  const revive = walk(shape, readsTimes);
  const completed = (json: unknown): unknown => {
    const filled = fill(structuredClone(json));
    return check.Check(filled) ? filled : fill(upgrade(json));
  };
  return {
    decode: (json) => {
      try {
        const whole = check.Check(json) ? json : completed(json);
        // the compiled check costs little compared with reading the times
        return check.Check(whole) ? (revive(whole) as Static<Shape>) : null;
      } catch {
        // the error is dropped, since it may quote a secret
        return null;
      }
    },
  };
};

/** The parts of JSON Schema that typebox writes into a shape. */
interface Schema {
  format?: string;
  default?: unknown;
  properties?: Record<string, Schema>;
  items?: Schema;
  patternProperties?: Record<string, Schema>;
  anyOf?: (Schema & { type?: string })[];
}

type Change = (value: unknown) => unknown;
type Fields = Record<string, unknown>;

/** Returns what to do with the value at a place of the shape, or null for nothing. */
type Visit = (schema: Schema) => Change | null;

const fillsDefaults: Visit = ({ default: standard }) =>
  standard === undefined ? null : (value) => (value === undefined ? structuredClone(standard) : value);

const readsTimes: Visit = ({ format }) => (format === 'date-time' ? readTime : null);

const readTime: Change = (value) => {
  const time = new Date(value as string);
  if (Number.isNaN(time.getTime())) throw new TypeError('not a time');
  return time;
};

/** Makes a function that changes a value in place, wherever `visit` returns a change. */
const walk = (shape: TSchema, visit: Visit): Change => changeOf(shape, visit) ?? ((value) => value);

const changeOf = (schema: Schema, visit: Visit): Change | null => {
  const own = visit(schema);
  const inner = innerOf(schema, visit);
  if (own && inner) return (value) => inner(own(value));
  return own ?? inner;
};

const innerOf = ({ properties, items, patternProperties, anyOf }: Schema, visit: Visit): Change | null => {
  if (properties) return inFields(properties, visit);
  if (items) return inEach(items, visit);
  const [entries] = Object.values(patternProperties ?? {});
  if (entries) return inEntries(entries, visit);
  return anyOf ? unlessNull(anyOf, visit) : null;
};

const inFields = (properties: Record<string, Schema>, visit: Visit): Change | null => {
  const changes = Object.entries(properties).flatMap(([key, schema]) => {
    const change = changeOf(schema, visit);
    return change ? [[key, change] as const] : [];
  });
  if (changes.length === 0) return null;
  return onObjects((fields) => {
    for (const [key, change] of changes) {
      const changed = change(fields[key]);
      if (changed !== undefined) fields[key] = changed;
    }
  });
};

const inEach = (items: Schema, visit: Visit): Change | null => {
  const change = changeOf(items, visit);
  return change && ((value) => (Array.isArray(value) ? value.map(change) : value));
};

const inEntries = (entries: Schema, visit: Visit): Change | null => {
  const change = changeOf(entries, visit);
  if (!change) return null;
  return onObjects((fields) => {
    for (const key of Object.keys(fields)) fields[key] = change(fields[key]);
  });
};

const unlessNull = (branches: (Schema & { type?: string })[], visit: Visit): Change | null => {
  const changes = branches.flatMap((branch) => changeOf(branch, visit) ?? []);
  const [change] = changes;
  if (changes.length > 1)
    throw new TypeError('a shape is one of several, and more than one of them holds times or defaults');
  return change ? (value) => (value === null ? null : change(value)) : null;
};

const onObjects =
  (change: (fields: Fields) => void): Change =>
  (value) => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) change(value as Fields);
    return value;
  };
