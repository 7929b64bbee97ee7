/**
 * Whether the database can be written to. A standby, a server that was set read-only and a full disk all answer reads, and nothing can
 * be bought or given back with them. A try costs a page of the disk until the next vacuum, so it is made at a pace.
 */
import { sql } from 'kysely';
import type { Database } from './pool.js';
import { underWaitLimit, WaitLimit } from './wait-limit.js';

/** How long a success is believed. A failure has cost nothing, and is not believed for any time. */
const TRY_EVERY_MS = 5_000;
/** More than half of a page of PostgreSQL: two of them do not share one, so that each asks the disk for room. */
const FILLER = 'x'.repeat(6_000);

const ONLY_READS = 'only answers reads';

/** SQLSTATEs that need a person, in words. */
const TROUBLE: Readonly<Record<string, string>> = {
  '25006': ONLY_READS,
  '42501': 'does not allow its user to write',
  '53100': 'has no room left on its disk',
};

export class WriteProbe {
  private wroteAtMs = -Infinity;

  constructor(
    private readonly database: Database,
    private readonly patienceMs: number,
  ) {}

  /** What keeps the database from being written to, in words that follow its name; null when nothing does. Rejects when it is away. */
  async trouble(): Promise<string | null> {
    const nowMs = performance.now();
    if (nowMs - this.wroteAtMs < TRY_EVERY_MS) return null;
    try {
      await underWaitLimit(new WaitLimit(this.patienceMs), () => this.write());
      this.wroteAtMs = nowMs;
      return null;
    } catch (error) {
      const state = sqlStateOf(error);
      if (state === null) throw error;
      return TROUBLE[state] ?? `cannot be written to (SQLSTATE ${state})`;
    }
  }

  private async write(): Promise<void> {
    const transaction = await this.database.startTransaction().execute();
    try {
      await sql`INSERT INTO write_probes (filler) VALUES (${FILLER})`.execute(transaction);
    } finally {
      await transaction.rollback().execute();
    }
  }
}

/** Null when it is no error that the server itself answered with. */
const sqlStateOf = (error: unknown): string | null =>
  error instanceof Error && 'severity' in error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : null;
