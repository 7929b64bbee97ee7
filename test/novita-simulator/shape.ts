/** Keys and JSON types, so that payloads can be compared without their values. */
export function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? 'array' : [shape(value[0])];
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shape(member)]));
}
