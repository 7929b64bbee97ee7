/** For codecs of stored JSON that may be damaged: none of these throws, so that one row never takes down what is read with it. */

export const fieldsOf = (json: unknown): Record<string, unknown> =>
  typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};

export const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

export const countOf = (value: unknown): number | null => (Number.isSafeInteger(value) ? (value as number) : null);

export const timeOf = (value: unknown): Date | null => {
  const time = new Date(textOf(value) ?? NaN);
  return Number.isNaN(time.getTime()) ? null : time;
};

/** What stands in the place of a text that cannot be read. */
export const UNREADABLE = 'unreadable';
