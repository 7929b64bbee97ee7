/** Helpers for codecs of stored JSON that may be damaged. None throws, so that one bad row does not break a whole list. */

export const fieldsOf = (json: unknown): Record<string, unknown> =>
  typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};

export const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

export const countOf = (value: unknown): number | null => (Number.isSafeInteger(value) ? (value as number) : null);

export const timeOf = (value: unknown): Date | null => {
  const time = new Date(textOf(value) ?? NaN);
  return Number.isNaN(time.getTime()) ? null : time;
};

/** The placeholder for a text that cannot be read. */
export const UNREADABLE = 'unreadable';
