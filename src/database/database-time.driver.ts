import { setTimeout as sleep } from 'node:timers/promises';
import type { OnModuleDestroy } from '@nestjs/common';
import { sql } from 'kysely';
import type { SharedClock } from '../time/shared-clock.js';
import type { Database } from './pool.js';

/** Good quartz is wrong by a few milliseconds after so long, and a failover may bring another clock. */
const EVERY_MS = 30_000;
const SAMPLES = 5;

/** Tells the process what time it is in the database: before anything decides, and from time to time. */
export class DatabaseTime implements OnModuleDestroy {
  private readonly stopping = new AbortController();
  private asking: Promise<void> = Promise.resolve();

  constructor(private readonly database: Database) {}

  async start(clock: SharedClock): Promise<this> {
    await this.ask(clock);
    this.asking = this.askAgain(clock);
    return this;
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.asking;
  }

  private async askAgain(clock: SharedClock): Promise<void> {
    const { signal } = this.stopping;
    const rest = (): Promise<boolean> => sleep(EVERY_MS, true, { signal, ref: false }).catch(() => false);
    // a database that is away has other ways to be noticed, and the monotonic clock goes on
    while (await rest()) await this.ask(clock).catch(() => undefined);
  }

  private async ask(clock: SharedClock): Promise<void> {
    // the quickest of some answers tells best; the first one may have opened a connection
    for (let samples = 0; samples < SAMPLES; samples++) {
      const askedAtMs = clock.monotonicMs();
      const { rows } = await sql<{ now: Date }>`SELECT clock_timestamp() AS now`.execute(this.database);
      if (rows[0]) clock.learn(rows[0].now, askedAtMs, clock.monotonicMs());
    }
  }
}
