import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { RetentionConfig } from '../config/config.js';
import { DATABASE } from '../database/database.module.js';
import type { Database } from '../database/pool.js';
import { addSeconds, CLOCK, type Clock } from '../time/clock.js';
import { BackgroundTasks } from '../timetable/background-tasks.service.js';
import { FORGOTTEN_AFTER_SECONDS } from '../catalogue/domain/offer-memory.js';
import { PostgresOfferMemory } from '../catalogue/store/postgres-offer-memory.js';
import { PlanStore } from '../novita-instances/store/plan-store.js';
import { DeliveryLog } from '../webhooks/store/delivery-log.js';
import { PostgresRetentionStore } from './postgres-retention-store.js';
import { retentionTask } from './retention.task.js';

const ROWS_AT_ONCE = 500;
const DAY_SECONDS = 86_400;

/** Deletes what is older than its settings say. */
@Module({})
export class RetentionModule implements OnModuleInit {
  constructor(
    private readonly tasks: BackgroundTasks,
    @Inject(DATABASE) private readonly database: Database,
    private readonly keep: RetentionConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    const { tasks, database, keep, clock } = this;
    const deliveries = new DeliveryLog(database);
    const memory = new PostgresOfferMemory(database);
    const plans = new PlanStore(database);
    tasks.add(
      retentionTask({
        store: new PostgresRetentionStore(database),
        keep,
        clock,
        pause: (ms) => sleep(ms),
        others: [
          {
            name: 'offerMemory',
            rowsAtOnce: ROWS_AT_ONCE,
            deleteSome: (limit) => memory.deleteOldMemory(addSeconds(clock.now(), -FORGOTTEN_AFTER_SECONDS), limit),
          },
          {
            name: 'plans',
            rowsAtOnce: ROWS_AT_ONCE,
            deleteSome: (limit) => plans.deleteExpired(addSeconds(clock.now(), -DAY_SECONDS), limit),
          },
          { name: 'processes', rowsAtOnce: Infinity, deleteSome: () => tasks.forgetGoneProcesses() },
          {
            name: 'webhookDeliveries',
            rowsAtOnce: ROWS_AT_ONCE,
            deleteSome: (limit) => {
              const now = clock.now();
              return deliveries.deleteOld(addSeconds(now, -keep.webhookDeliveriesDays * DAY_SECONDS), limit, now);
            },
          },
        ],
      }),
    );
  }
}
