/** A row as it was selected, or as it came inside of JSON. */
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
    // what was read may be secret, and an error may quote it: which part it was is all that is told
    return null;
  }
};
