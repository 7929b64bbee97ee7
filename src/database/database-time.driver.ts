import { Logger } from '@nestjs/common';
import { sql } from 'kysely';
import type { ClockRecord, SharedClock } from '../time/shared-clock.js';
import type { Database } from './pool.js';

const SAMPLES = 3;

/**
 * Reads the time of the database: before any decision, and whenever the background task `database-clock` runs. Stores in the database how
 * far the shared clock is from the database's clock, for processes that start after a jump.
 */
export class DatabaseTime {
  private readonly logger = new Logger(DatabaseTime.name);
  /** How often the database's clock was seen to jump. */
  jumps = 0;

  constructor(
    private readonly database: Database,
    /** Null: a clock of a test, which is never set. */
    private readonly clock: SharedClock | null,
  ) {}

  /** How far the shared clock is ahead of the database's; negative when it is behind. */
  get aheadSeconds(): number {
    return (this.clock?.aheadMs ?? 0) / 1000;
  }

  async start(): Promise<this> {
    const { clock } = this;
    if (!clock) return this;
    await this.ask(clock);
    const record = await this.kept();
    if (record) clock.resume(record);
    return this;
  }

  /** Reads the time and updates the record. Rejects when the database is away; the shared clock goes on meanwhile. */
  async read(): Promise<void> {
    const { clock } = this;
    if (!clock) return;
    await this.ask(clock);
    const record = await this.kept();
    if (record) clock.follow(record);
    await this.keep(clock);
  }

  private kept(): Promise<ClockRecord | undefined> {
    return this.database
      .selectFrom('clock_records')
      .select(['database_time as databaseTime', 'shared_time as sharedTime'])
      .executeTakeFirst();
  }

  private async ask(clock: SharedClock): Promise<void> {
    // the quickest answer is the most exact; the first may have opened a connection
    for (let samples = 0; samples < SAMPLES; samples++) {
      const askedAtMs = clock.monotonicMs();
      const { rows } = await sql<{ now: Date }>`SELECT clock_timestamp() AS now`.execute(this.database);
      if (rows[0]) this.notice(clock.learn(rows[0].now, askedAtMs, clock.monotonicMs()));
    }
  }

  private notice(jumpMs: number): void {
    if (jumpMs === 0) return;
    this.jumps += 1;
    const seconds = Math.round(jumpMs / 1000);
    this.logger.error(
      { jumpSeconds: seconds },
      `the clock of the database jumped by ${seconds} s; the clock of the service goes on evenly and comes nearer slowly`,
    );
  }

  private async keep(clock: SharedClock): Promise<void> {
    const { databaseTime, sharedTime } = clock.record();
    const record = { database_time: databaseTime, shared_time: sharedTime };
    await this.database
      .insertInto('clock_records')
      .values(record)
      .onConflict((conflict) => conflict.column('one').doUpdateSet(record))
      .execute();
  }
}
