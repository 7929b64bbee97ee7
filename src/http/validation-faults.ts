import type { Fault } from '../errors/domain-error.js';
import { jsonPointer } from './json-pointer.js';

/** What class-validator says of one field: the part of its `ValidationError` that we read. */
export interface FieldErrors {
  property: string;
  value?: unknown;
  constraints?: Record<string, string>;
  children?: readonly FieldErrors[];
}

/** Where the validated value came from, as Nest names it. */
export type InputPart = 'body' | 'query' | 'param' | 'custom';

/** Longer lists tell a caller nothing more, and a body of unknown fields would make a very long one. */
const MAX_FAULTS = 100;

/** The constraints that say what a value should have been; when one of them fails, the others on the field are noise. */
const TYPE_CONSTRAINTS = [
  'whitelistValidation',
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

/** One fault for each field that class-validator refused, in the order of the fields. */
export function faultsOf(errors: readonly FieldErrors[], part: InputPart): Fault[] {
  return errors
    .flatMap((error) => walk(error, []))
    .slice(0, MAX_FAULTS)
    .map(({ path, detail }) => ({ pointer: pointerTo(part, path), detail }));
}

interface Finding {
  path: string[];
  detail: string;
}

function walk(error: FieldErrors, above: readonly string[]): Finding[] {
  const path = isWholeInput(error) ? [...above] : [...above, error.property];
  const own = Object.keys(error.constraints ?? {}).length > 0 ? [{ path, detail: detailOf(error) }] : [];
  return [...own, ...(error.children ?? []).flatMap((child) => walk(child, path))];
}

/** Nest reports an input that is no object at all under the name of its part, and class-validator under no name. */
const isWholeInput = (error: FieldErrors): boolean =>
  (error.property as string | undefined) === undefined ||
  error.constraints?.['isObject'] === 'Validation failed (object is expected)';

function detailOf(error: FieldErrors): string {
  const constraints = error.constraints ?? {};
  if (isWholeInput(error)) return 'must be a JSON object';
  if ('whitelistValidation' in constraints) return 'is not a known field';
  if (error.value === undefined) return 'is required';
  const type = TYPE_CONSTRAINTS.find((name) => name in constraints);
  return type === undefined ? Object.values(constraints).join('; ') : (constraints[type] ?? 'is not valid');
}

function pointerTo(part: InputPart, path: readonly string[]): string {
  if (part === 'query') return `?${path.join('.')}`;
  if (part === 'param') return `:${path.join('.')}`;
  return jsonPointer(path);
}
