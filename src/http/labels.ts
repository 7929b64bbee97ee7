import { faultOfLength, TextMap } from './input-shape.js';

const MAX_LABELS = 20;
const KEY = '^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$';
const MAX_VALUE_LENGTH = 63;

const isKey = new RegExp(KEY);

/** Labels in the document. */
export const LABELS = {
  type: 'object',
  additionalProperties: { type: 'string', maxLength: MAX_VALUE_LENGTH },
  propertyNames: { type: 'string', pattern: KEY },
  maxProperties: MAX_LABELS,
  example: { team: 'vision' },
} as const;

/** A flat object of a few short texts. */
export const Labels = (): PropertyDecorator =>
  TextMap(
    MAX_LABELS,
    (key) => (isKey.test(key) ? null : `must have a key of at most 63 letters, digits and inner ". _ / -"`),
    (value) => faultOfLength(value, 0, MAX_VALUE_LENGTH),
  );
