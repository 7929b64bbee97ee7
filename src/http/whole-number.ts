import { Transform } from 'class-transformer';

/** Reads a query's number from its digits. What is written otherwise (`1e1`, `0x1`, nothing) stays text, which is no integer. */
export const WholeNumber = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^-?\d{1,9}$/.test(value) ? Number(value) : value,
  );
