import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { CompiledQuery } from 'kysely';
import { DatabaseTime } from '../database/database-time.driver.js';
import { DATABASE } from '../database/database.module.js';
import { readMigrations } from '../database/migrator.js';
import type { Database } from '../database/pool.js';
import { underWaitLimit, WaitLimit } from '../database/wait-limit.js';
import { WriteProbe } from '../database/write-probe.js';
import { tenths } from '../metrics/trend.js';
import { JUMP_MS } from '../time/shared-clock.js';
import { type HealthCheck, CHECK_MS } from './health-check.js';

/** Up when the database answers and accepts writes, and has the schema that this code needs. Degraded when its clock has jumped. */
@Injectable()
export class DatabaseHealth implements HealthCheck {
  readonly name = 'database';
  readonly kind = 'service';
  private readonly probe: WriteProbe;
  private needed: number | null = null;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(DatabaseTime) private readonly time: DatabaseTime,
    private readonly indicators: HealthIndicatorService,
  ) {
    this.probe = new WriteProbe(database, CHECK_MS);
  }

  async check(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check(this.name);
    const beganMs = performance.now();
    try {
      const applied = await underWaitLimit(new WaitLimit(CHECK_MS), () => this.appliedMigrations());
      const responseTime = tenths(performance.now() - beganMs);
      this.needed ??= (await readMigrations()).length;
      const message = applied < this.needed ? 'the schema is older than this version' : await this.probe.trouble();
      if (message !== null) return indicator.down({ responseTime, message });
      const jump = this.jump();
      return jump === null ? indicator.up({ responseTime }) : indicator.degraded({ responseTime, message: jump });
    } catch {
      // the driver's message may contain hosts and users
      return indicator.down('does not answer');
    }
  }

  /** A jump of the clock does no harm to running work, but shown times are wrong by as much. */
  private jump(): string | null {
    const seconds = Math.round(this.time.aheadSeconds);
    if (Math.abs(seconds) * 1000 < JUMP_MS) return null;
    const where = seconds > 0 ? 'ahead of it' : 'behind it';
    return `its clock has jumped: the clock of the service is ${Math.abs(seconds)} s ${where} and comes nearer slowly`;
  }

  private async appliedMigrations(): Promise<number> {
    const { rows } = await this.database.executeQuery<{ applied: number }>(
      CompiledQuery.raw('SELECT coalesce(max(number), 0)::int4 AS applied FROM schema_migrations'),
    );
    return rows[0]?.applied ?? 0;
  }
}
