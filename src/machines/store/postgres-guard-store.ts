import type { Kysely } from 'kysely';
import type { Tables } from '../../database/tables.js';
import { StatementBatcher } from '../../database/statement-batcher.js';
import type { Cause } from '../../vocabulary/principal.js';
import type { Clock } from '../../time/clock.js';
import { GUARD_POLICY, type Guard } from '../domain/fleet-guard.js';
import * as guards from './guard-row.js';
import type { GuardStore } from './guard-store.js';

/** The {@link GuardStore} on PostgreSQL. */
export class PostgresGuardStore implements GuardStore {
  private readonly reads = new StatementBatcher<void, Guard>(() => guards.read(this.database));

  constructor(
    private readonly database: Kysely<Tables>,
    private readonly clock: Clock,
  ) {}

  guard(): Promise<Guard> {
    return this.reads.add();
  }

  changeGuard(change: (guard: Guard) => Guard | null, cause: Cause = GUARD_POLICY): Promise<Guard> {
    return this.database
      .transaction()
      .execute((transaction) => guards.change(transaction, change, { ...cause, at: this.clock.now() }));
  }

  condemnByCode(machineId: string, at: Date, since: Date, limitOf: (liveMachines: number) => number): Promise<boolean> {
    return this.database
      .transaction()
      .execute((transaction) => guards.condemnByCode(transaction, machineId, at, since, limitOf));
  }
}
