import type { StatusValue } from './background-task.js';

const isPlain = (value: unknown): value is StatusValue[string] =>
  value === null || ['number', 'string', 'boolean'].includes(typeof value);

/** Reads a stored status, which may be damaged or of another release. Omits unreadable values. Null: there is none. */
export const decodeStatus = (json: unknown): StatusValue | null => {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return null;
  return Object.fromEntries(
    Object.entries(json).filter((entry): entry is [string, StatusValue[string]] => isPlain(entry[1])),
  );
};
