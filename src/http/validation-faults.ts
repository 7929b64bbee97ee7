import type { Fault } from '../errors/domain-error.js';
import type { ShapedInput, ShapeFault } from './input-shape.js';
import { jsonPointer } from './json-pointer.js';

/** The part of class-validator's `ValidationError` that is read here. */
export interface FieldErrors {
  property: string;
  value?: unknown;
  constraints?: Record<string, string>;
  children?: readonly FieldErrors[];
}

/** Where the validated value came from, as Nest names it. Path parameters have no DTO. */
type InputPart = 'body' | 'query';

/** A body of unknown fields would make a very long list, which helps no caller. */
const MAX_FAULTS = 100;

/** Constraints on the type of a value. When one of them fails, only its message is shown. */
const TYPE_CONSTRAINTS = [
  'isString',
  'isInt',
  'isNumber',
  'isBoolean',
  'isArray',
  'isObject',
  'nestedValidation',
  'isEnum',
  'isIn',
];

/** One fault for each refused field. For a field with the wrong shape, faults of its value are omitted. */
export function allFaults(
  { faults, wrong }: Pick<ShapedInput, 'faults' | 'wrong'>,
  errors: readonly FieldErrors[],
  part: InputPart,
): Fault[] {
  const covered = new Set(wrong.map(jsonPointer));
  const ofValues = errors
    .flatMap((error) => walk(error, []))
    .filter(({ path }) => !path.some((_, at) => covered.has(jsonPointer(path.slice(0, at + 1)))));
  return [...faults, ...ofValues]
    .slice(0, MAX_FAULTS)
    .map(({ path, detail }) => ({ pointer: pointerTo(part, path), detail }));
}

function walk(error: FieldErrors, above: readonly string[]): ShapeFault[] {
  const path = [...above, error.property];
  const own = Object.keys(error.constraints ?? {}).length > 0 ? [{ path, detail: detailOf(error) }] : [];
  return [...own, ...(error.children ?? []).flatMap((child) => walk(child, path))];
}

function detailOf(error: FieldErrors): string {
  const constraints = error.constraints ?? {};
  if (error.value === undefined) return 'is required';
  const type = TYPE_CONSTRAINTS.find((name) => name in constraints);
  return type === undefined ? Object.values(constraints).join('; ') : (constraints[type] ?? 'is not valid');
}

const pointerTo = (part: InputPart, path: readonly string[]): string =>
  part === 'query' ? `?${path.join('.')}` : jsonPointer(path);
