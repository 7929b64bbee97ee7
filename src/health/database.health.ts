import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { CompiledQuery } from 'kysely';
import { DATABASE } from '../database/database.module.js';
import { readMigrations } from '../database/migrator.js';
import type { Database } from '../database/pool.js';
import type { HealthCheck } from './health-check.js';

/** Probes give up after a second or so; an answer that comes later is worth nothing. */
const TIMEOUT_MS = 2_000;

/** The database answers, and its schema is at least the one that this code needs. */
@Injectable()
export class DatabaseHealth implements HealthCheck {
  readonly name = 'database';
  readonly kind = 'service';
  private needed: Promise<number> | null = null;

  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly indicators: HealthIndicatorService,
  ) {}

  async look(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check(this.name);
    try {
      const applied = await within(TIMEOUT_MS, this.appliedMigrations());
      this.needed ??= readMigrations().then((migrations) => migrations.length);
      return applied >= (await this.needed) ? indicator.up() : indicator.down('the schema is older than this version');
    } catch {
      // what the driver says may name hosts and users
      return indicator.down('does not answer');
    }
  }

  private async appliedMigrations(): Promise<number> {
    const { rows } = await this.database.executeQuery<{ applied: number }>(
      CompiledQuery.raw('SELECT coalesce(max(number), 0)::int4 AS applied FROM schema_migrations'),
    );
    return rows[0]?.applied ?? 0;
  }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error('too slow'));
    }, milliseconds);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
