/** The columns that hold sealed texts, how texts in them are sealed anew, and which keys they need. */
import { sql } from 'kysely';
import type { Database } from '../database/pool.js';
import { UnsealError, type Sealing } from './sealing.js';

const ROWS_AT_ONCE = 200;
/** Longer than any beginning of a sealed text with a key id. PostgreSQL need not read the rest of a long text. */
const BEGINNING = 48;

/** A column with sealed texts. Each room tells its own. */
export interface SealedColumn {
  readonly table: string;
  /** The column by which rows are told apart: a text. */
  readonly id: string;
  readonly column: string;
  /** What a text of this row is bound to. */
  readonly placeOf: (id: string) => string;
}

interface StoredText {
  id: string;
  sealed: string;
}

export interface Resealed {
  resealed: number;
  /** Texts that no known key opens, or that were changed. */
  unreadable: number;
}

const pageOf = async (
  database: Database,
  { table, id, column }: SealedColumn,
  afterId: string,
  currentPrefix: string,
): Promise<StoredText[]> => {
  const { rows } = await sql<StoredText>`
    SELECT ${sql.ref(id)} AS id, ${sql.ref(column)} AS sealed FROM ${sql.table(table)}
    WHERE ${sql.ref(id)} > ${afterId} AND NOT starts_with(${sql.ref(column)}, ${currentPrefix})
    ORDER BY ${sql.ref(id)} LIMIT ${ROWS_AT_ONCE}`.execute(database);
  return rows;
};

/** Stores a text sealed anew, unless it has changed meanwhile: what a replica writes at the same moment stays. */
const replace = async (
  database: Database,
  { table, id, column }: SealedColumn,
  old: StoredText,
  sealed: string,
): Promise<boolean> => {
  const { numAffectedRows } = await sql`UPDATE ${sql.table(table)} SET ${sql.ref(column)} = ${sealed}
    WHERE ${sql.ref(id)} = ${old.id} AND ${sql.ref(column)} = ${old.sealed}`.execute(database);
  return numAffectedRows === 1n;
};

/**
 * Seals each text of a column with the current key that another key sealed. Safe beside running replicas, and to be stopped and repeated.
 * @param onProgress hears of each page of rows
 */
export const resealColumn = async (
  database: Database,
  column: SealedColumn,
  sealing: Sealing,
  signal: AbortSignal,
  onProgress: (soFar: Readonly<Resealed>) => void = () => undefined,
): Promise<Resealed> => {
  const soFar = { resealed: 0, unreadable: 0 };
  let afterId = '';
  for (;;) {
    const page = await pageOf(database, column, afterId, sealing.currentPrefix);
    for (const old of page) {
      if (signal.aborted) return soFar;
      const place = column.placeOf(old.id);
      try {
        if (await replace(database, column, old, sealing.seal(sealing.open(old.sealed, place), place)))
          soFar.resealed++;
      } catch (error) {
        if (!(error instanceof UnsealError)) throw error;
        soFar.unreadable++;
      }
    }
    if (page.length > 0) onProgress(soFar);
    if (page.length < ROWS_AT_ONCE) return soFar;
    afterId = page.at(-1)?.id ?? '';
  }
};

export interface SealedTexts {
  texts: number;
  /** Of these, texts that another key than the current one sealed. */
  ofOtherKeys: number;
  /** Of these, texts of keys that are not known: they cannot be opened. */
  ofUnknownKeys: number;
}

/** Counts the texts of a column by what their beginnings tell. */
export const countSealed = async (
  database: Database,
  { table, column }: SealedColumn,
  { currentPrefix, knownPrefixes }: Pick<Sealing, 'currentPrefix' | 'knownPrefixes'>,
): Promise<SealedTexts> => {
  const beginning = sql`left(${sql.ref(column)}, ${BEGINNING})`;
  const { rows } = await sql<SealedTexts>`
    SELECT count(*)::int AS texts,
      (count(*) FILTER (WHERE NOT starts_with(${beginning}, ${currentPrefix})))::int AS "ofOtherKeys",
      (count(*) FILTER (WHERE NOT EXISTS (
        SELECT FROM unnest(${knownPrefixes}::text[]) AS prefix WHERE starts_with(${beginning}, prefix))))::int AS "ofUnknownKeys"
    FROM ${sql.table(table)} WHERE ${sql.ref(column)} IS NOT NULL`.execute(database);
  return rows[0] ?? { texts: 0, ofOtherKeys: 0, ofUnknownKeys: 0 };
};

/** The same for several columns together. */
export const countAllSealed = async (
  database: Database,
  columns: readonly SealedColumn[],
  sealing: Sealing,
): Promise<SealedTexts> => {
  const sum = { texts: 0, ofOtherKeys: 0, ofUnknownKeys: 0 };
  for (const column of columns) {
    const counts = await countSealed(database, column, sealing);
    for (const what of ['texts', 'ofOtherKeys', 'ofUnknownKeys'] as const) sum[what] += counts[what];
  }
  return sum;
};
