import type { Fault } from '../errors/domain-error.js';
import type { ShapedInput, ShapeFault } from './input-shape.js';
import { jsonPointer } from './json-pointer.js';

/** What class-validator says of one field: the part of its `ValidationError` that we read. */
export interface FieldErrors {
  property: string;
  value?: unknown;
  constraints?: Record<string, string>;
  children?: readonly FieldErrors[];
}

/** Where the validated value came from, as Nest names it: path parameters have no DTO. */
type InputPart = 'body' | 'query';

/** Longer lists tell a caller nothing more, and a body of unknown fields would make a very long one. */
const MAX_FAULTS = 100;

/** The constraints that say what a value should have been; when one of them fails, the others on the field are noise. */
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

/** One fault for each field whose shape or value is refused; of a field with the wrong shape only that is told. */
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
