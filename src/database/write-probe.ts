/**
 * Tells whether the database accepts writes. A standby, a read-only server and a full disk still answer reads, but nothing can be bought or
 * deleted with them. Each try uses a page on disk until the next vacuum, so tries are limited.
 */
import { sql } from 'kysely';
import type { Database } from './pool.js';
import { underWaitLimit, WaitLimit } from './wait-limit.js';

/** How long a success is reused. A failure is never reused, since it costs no space. */
const TRY_EVERY_MS = 5_000;
/** More than half a page of PostgreSQL, so that each row needs a new page and thus room on the disk. */
const FILLER = 'x'.repeat(6_000);

const ONLY_READS = 'only answers reads';

/** Words for SQLSTATEs that an operator must resolve. */
const TROUBLE: Readonly<Record<string, string>> = {
  '25006': ONLY_READS,
  '42501': 'does not allow its user to write',
  '53100': 'has no room left on its disk',
};

export class WriteProbe {
  private wroteAtMs = -Infinity;

  constructor(
    private readonly database: Database,
    private readonly timeoutMs: number,
  ) {}

  /** Why the database cannot be written to, in words that follow its name, or null when it can. Rejects when it is away. */
  async trouble(): Promise<string | null> {
    const nowMs = performance.now();
    if (nowMs - this.wroteAtMs < TRY_EVERY_MS) return null;
    try {
      await underWaitLimit(new WaitLimit(this.timeoutMs), () => this.write());
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

/** The SQLSTATE of an error from the server, or null for other errors. */
const sqlStateOf = (error: unknown): string | null =>
  error instanceof Error && 'severity' in error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : null;
