import { setTimeout as sleep } from 'node:timers/promises';
import type { CallerApi } from './caller-api.js';
import type { Postgres } from './postgres.js';

const LOOK_AGAIN_MS = 2_000;
const NO_SUCH_ROUTE = 404;

/**
 * Acts as the operator who resumes the fleet after a freeze. The kill-rate breaker is made for such storms, so a freeze is counted, and is
 * not a fault.
 */
export class Operator {
  /** The number of freezes, by reason. */
  readonly freezes = new Map<string, number>();

  constructor(
    private readonly database: Postgres,
    private readonly api: CallerApi,
  ) {}

  async watch(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      // the database is away: try again later
      await this.lookAndResume().catch(() => undefined);
      await sleep(LOOK_AGAIN_MS, undefined, { signal: stop }).catch(() => undefined);
    }
  }

  private async lookAndResume(): Promise<void> {
    const why = await this.database.ask("SELECT frozen->>'why' FROM fleet_guard WHERE frozen IS NOT NULL");
    if (why === '') return;
    this.freezes.set(why, (this.freezes.get(why) ?? 0) + 1);
    const { status } = await this.api.ask('POST', '/api/fleet/resume');
    // a release without this request is resumed directly in the database
    if (status === NO_SUCH_ROUTE) {
      await this.database.ask('UPDATE fleet_guard SET frozen = NULL, resumed_at = now(), epoch = epoch + 1');
    }
  }
}
