/** A row as selected, or as part of JSON. */
export type Selected<Row> = { [K in keyof Row]: Row[K] extends Date | null ? Row[K] | string : Row[K] };

export const date = (time: Date | string): Date => {
  const read = new Date(time);
  if (typeof time === 'number' || Number.isNaN(read.getTime())) throw new TypeError('not a time');
  return read;
};
export const maybeDate = (time: Date | string | null): Date | null => (time === null ? null : date(time));

export const orNull = <T>(read: () => T): T | null => {
  try {
    return read();
  } catch {
    // names only the part, since the error may quote a secret
    return null;
  }
};
