import type { Database } from '../database/pool.js';
import { countAllSealed, countSealed, resealColumn } from '../secrets/sealed-columns.js';
import type { Sealing } from '../secrets/sealing.js';
import { SEALED_COLUMNS } from './stored-secrets.js';

export interface RotationEnd {
  /** Texts that the current key did not seal. */
  left: number;
  /** Of these, texts that no known key opens, or that were changed. */
  unreadable: number;
}

/**
 * Seals every stored secret with the current key that another key sealed. It may run beside replicas, several times, and be stopped.
 * @param tell gets a line for each page of rows
 */
export const rotateEncryption = async (
  database: Database,
  sealing: Sealing,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<RotationEnd> => {
  let unreadable = 0;
  for (const column of SEALED_COLUMNS) {
    const { ofOtherKeys: toDo } = await countSealed(database, column, sealing);
    const line = (done: number): string => `${column.table}.${column.column}: ${done} of ${toDo} encrypted anew`;
    const ended = await resealColumn(database, column, sealing, signal, ({ resealed }) => {
      tell(line(resealed));
    });
    if (toDo === 0) tell(line(0));
    unreadable += ended.unreadable;
  }
  const { ofOtherKeys: left } = await countAllSealed(database, SEALED_COLUMNS, sealing);
  return { left, unreadable };
};

/** The last words about a rotation: what is left, and what to do about it. */
export const sayEnd = ({ left, unreadable }: RotationEnd, wasStopped: boolean): string => {
  if (left === 0) return '0 left: every stored secret is encrypted with the first key. Older keys may be removed.';
  const unread =
    unreadable > 0 ? ` ${unreadable} of them no key opens: put the missing key back, or replace them.` : '';
  const why = wasStopped ? ' Stopped before the end.' : '';
  const again = wasStopped || left > unreadable ? ' Run it again.' : '';
  return `${left} left.${unread}${why}${again} Keep all keys until nothing is left.`;
};
