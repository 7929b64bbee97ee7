/**
 * Checks the shape of an input before class-transformer and class-validator see it. What it guarantees to them:
 * - fields that are null, at every depth, are removed: null means "not given";
 * - where a DTO has a single value, a list or an object, the input has that too;
 * - a list or a map is no longer than its DTO allows, so that the DTO and not the sender bounds the cost of validation;
 * - there are no unknown fields.
 * class-transformer alone would accept `[{…}]` for `{…}`, and class-validator would search a list in a list for a DTO.
 */
import { applyDecorators, type Type as Class } from '@nestjs/common';
import { Type } from 'class-transformer';
import { Allow, getMetadataStorage, ValidateNested } from 'class-validator';

/** Returns what is wrong with a text, in words that follow its pointer, or null. */
export type FaultOfText = (text: string) => string | null;

export interface ShapeFault {
  path: readonly string[];
  detail: string;
}

export interface ShapedInput {
  /** A copy without nulls, except for fields of the wrong shape, which are null. */
  value: Record<string, unknown>;
  faults: ShapeFault[];
  /** Paths of the fields with the wrong shape. Ignore what a validator says about these: it saw null. */
  wrong: (readonly string[])[];
}

type Shape =
  | { kind: 'object'; dto: () => Class<object> }
  | { kind: 'list'; maxItems: number; dto: () => Class<object> }
  | { kind: 'texts'; maxItems: number; faultOf: FaultOfText }
  | { kind: 'map'; maxEntries: number; faultOfKey: FaultOfText; faultOf: FaultOfText };

const SHAPE = Symbol('shape of a field');

const shaped =
  (shape: Shape): PropertyDecorator =>
  (target, name): void => {
    Reflect.defineMetadata(SHAPE, shape, target, name);
  };

/** For a DTO that has fields of another DTO. */
export const copyShapes = (from: Class<object>, to: Class<object>, names: readonly string[]): void => {
  for (const name of names) {
    const shape = Reflect.getMetadata(SHAPE, from.prototype as object, name) as Shape | undefined;
    if (shape) shaped(shape)(to.prototype as object, name);
  }
};

/** A field that holds an object of this DTO. */
export const ObjectOf = (dto: () => Class<object>): PropertyDecorator =>
  applyDecorators(shaped({ kind: 'object', dto }), Type(dto), ValidateNested());

/** A field that holds a list of objects of this DTO. */
export const ListOf = (dto: () => Class<object>, maxItems: number): PropertyDecorator =>
  applyDecorators(shaped({ kind: 'list', maxItems, dto }), Type(dto), ValidateNested({ each: true }));

/** A field that holds a list of texts. */
export const TextList = (maxItems: number, faultOf: FaultOfText): PropertyDecorator =>
  applyDecorators(shaped({ kind: 'texts', maxItems, faultOf }), Allow());

/** A field that holds a map of texts, with keys that the caller chooses. */
export const TextMap = (maxEntries: number, faultOfKey: FaultOfText, faultOf: FaultOfText): PropertyDecorator =>
  applyDecorators(shaped({ kind: 'map', maxEntries, faultOfKey, faultOf }), Allow());

/** @param value an object as parsed from JSON */
export const shapeOfBody = (dto: Class<object>, value: object): ShapedInput => {
  const walk = new ShapeWalk();
  return { value: walk.object(dto, value, []), faults: walk.faults, wrong: walk.wrong };
};

/** @param value the parameters of a query; a parameter that is given several times is a list */
export const shapeOfQuery = (dto: Class<object>, value: object): ShapedInput => {
  const walk = new ShapeWalk();
  const fields = fieldsOf(dto);
  const copy: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(value)) {
    const field = fields.get(name);
    if (!field) walk.refuse([name], UNKNOWN);
    else if (Array.isArray(given) && !field.isList) copy[name] = walk.refuseField([name], 'must be given once');
    else copy[name] = given;
  }
  return { value: copy, faults: walk.faults, wrong: walk.wrong };
};

const UNKNOWN = 'is not a known field';

class ShapeWalk {
  readonly faults: ShapeFault[] = [];
  readonly wrong: (readonly string[])[] = [];

  refuse(path: readonly string[], detail: string): void {
    this.faults.push({ path, detail });
  }

  refuseField(path: readonly string[], detail: string): null {
    this.refuse(path, detail);
    this.wrong.push(path);
    return null;
  }

  object(dto: Class<object>, value: object, path: readonly string[]): Record<string, unknown> {
    const fields = fieldsOf(dto);
    const copy: Record<string, unknown> = {};
    for (const [name, given] of Object.entries(value)) {
      const field = fields.get(name);
      const place = [...path, name];
      if (!field) this.refuse(place, UNKNOWN);
      else if (given !== null) copy[name] = this.field(field.shape, given, place);
    }
    return copy;
  }

  private field(shape: Shape | undefined, value: unknown, path: readonly string[]): unknown {
    switch (shape?.kind) {
      case undefined:
        return typeof value === 'object' ? this.refuseField(path, `must be one value, not ${kindOf(value)}`) : value;
      case 'object':
        return isObject(value) ? this.object(shape.dto(), value, path) : this.refuseField(path, 'must be an object');
      case 'list':
        return this.list(shape.maxItems, value, path, (item, place) => {
          if (isObject(item)) return this.object(shape.dto(), item, place);
          this.refuse(place, 'must be an object');
          return undefined;
        });
      case 'texts':
        return this.list(shape.maxItems, value, path, (item, place) => this.text(shape.faultOf, item, place));
      case 'map':
        return this.map(shape, value, path);
    }
  }

  private list(
    maxItems: number,
    value: unknown,
    path: readonly string[],
    item: (value: unknown, path: readonly string[]) => unknown,
  ): unknown[] | null {
    if (!Array.isArray(value)) return this.refuseField(path, 'must be a list');
    if (value.length > maxItems) return this.refuseField(path, `must hold at most ${maxItems} items`);
    const items = value.map((each, at) => item(each, [...path, String(at)]));
    if (!items.includes(undefined)) return items;
    this.wrong.push(path);
    return null;
  }

  private map(
    { maxEntries, faultOfKey, faultOf }: Extract<Shape, { kind: 'map' }>,
    value: unknown,
    path: readonly string[],
  ): Record<string, unknown> | null {
    if (!isObject(value)) return this.refuseField(path, 'must be an object');
    const entries = Object.entries(value).filter(([, given]) => given !== null);
    if (entries.length > maxEntries) return this.refuseField(path, `must hold at most ${maxEntries} entries`);
    const texts = entries.map(([key, given]): [string, unknown] => {
      const place = [...path, key];
      const fault = faultOfKey(key);
      if (fault === null) return [key, this.text(faultOf, given, place)];
      this.refuse(place, fault);
      return [key, undefined];
    });
    if (!texts.some(([, text]) => text === undefined)) return Object.fromEntries(texts);
    this.wrong.push(path);
    return null;
  }

  /** The text, or undefined when it is refused. */
  private text(faultOf: FaultOfText, value: unknown, path: readonly string[]): string | undefined {
    const fault = typeof value === 'string' ? faultOf(value) : 'must be a string';
    if (fault === null) return value as string;
    this.refuse(path, fault);
    return undefined;
  }
}

interface Field {
  shape: Shape | undefined;
  /** Whether a query parameter may be given several times. */
  isList: boolean;
}

const known = new WeakMap<Class<object>, ReadonlyMap<string, Field>>();

/** The fields of a DTO that class-validator knows, including inherited ones. */
const fieldsOf = (dto: Class<object>): ReadonlyMap<string, Field> => {
  const before = known.get(dto);
  if (before) return before;
  const fields = new Map<string, Field>();
  for (const { propertyName, name } of getMetadataStorage().getTargetValidationMetadatas(dto, '', true, false)) {
    const shape = Reflect.getMetadata(SHAPE, dto.prototype as object, propertyName) as Shape | undefined;
    fields.set(propertyName, { shape, isList: name === 'isArray' || fields.get(propertyName)?.isList === true });
  }
  known.set(dto, fields);
  return fields;
};

export const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const kindOf = (value: unknown): string => (Array.isArray(value) ? 'a list' : 'an object');

/** Counts code points, as JSON Schema does, not bytes or UTF-16 units. */
export const faultOfLength = (text: string, min: number, max: number): string | null => {
  const { length } = Array.from(text);
  if (length < min) return `must have at least ${min} characters`;
  return length <= max ? null : `must have at most ${max} characters`;
};
