import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { RetentionConfig } from '../config/config.js';
import { DATABASE } from '../database/database.module.js';
import type { Database } from '../database/pool.js';
import { CLOCK, type Clock } from '../time/clock.js';
import { BackgroundTasks } from '../timetable/background-tasks.service.js';
import { PostgresRetentionStore } from './postgres-retention-store.js';
import { retentionTask } from './retention.task.js';

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
    tasks.add(
      retentionTask({
        store: new PostgresRetentionStore(database),
        keep,
        clock,
        pause: (ms) => sleep(ms),
        others: [{ name: 'processes', rowsAtOnce: Infinity, deleteSome: () => tasks.forgetGoneProcesses() }],
      }),
    );
  }
}
