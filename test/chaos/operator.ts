import { setTimeout as sleep } from 'node:timers/promises';
import type { CallerApi } from './caller-api.js';
import type { Postgres } from './postgres.js';

const LOOK_AGAIN_MS = 2_000;
const NO_SUCH_ROUTE = 404;

/**
 * The person who is called when everything is frozen: looks, and says that it may go on. A storm is what the kill-rate breaker
 * is there for, so a freeze is counted and no fault.
 */
export class Operator {
  /** Why it was frozen, and how often. */
  readonly freezes = new Map<string, number>();

  constructor(
    private readonly database: Postgres,
    private readonly api: CallerApi,
  ) {}

  async watch(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      // a database that is away is not the operator's to judge: later again
      await this.lookAndResume().catch(() => undefined);
      await sleep(LOOK_AGAIN_MS, undefined, { signal: stop }).catch(() => undefined);
    }
  }

  private async lookAndResume(): Promise<void> {
    const why = await this.database.ask("SELECT frozen->>'why' FROM fleet_guard WHERE frozen IS NOT NULL");
    if (why === '') return;
    this.freezes.set(why, (this.freezes.get(why) ?? 0) + 1);
    const { status } = await this.api.ask('POST', '/api/fleet/resume');
    // a service that has no such request yet is resumed as it would do it itself
    if (status === NO_SUCH_ROUTE) {
      await this.database.ask('UPDATE fleet_guard SET frozen = NULL, resumed_at = now(), epoch = epoch + 1');
    }
  }
}
