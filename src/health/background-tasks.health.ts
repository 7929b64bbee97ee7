import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { BackgroundTasks } from '../timetable/background-tasks.service.js';
import { type HealthCheck, CHECK_MS } from './health-check.js';

const SAYS = { overdue: 'is overdue', failing: 'fails' } as const;

/** Whether the background tasks run, on any replica. None of them is needed for answering requests. */
@Injectable()
export class BackgroundTasksHealth implements HealthCheck {
  readonly name = 'backgroundTasks';
  readonly kind = 'dependency';

  constructor(
    private readonly tasks: BackgroundTasks,
    private readonly indicators: HealthIndicatorService,
  ) {}

  async check(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check(this.name);
    const reports = await this.tasks.recent(CHECK_MS).catch(() => null);
    // the part `database` reports a database that does not answer
    if (!reports) return indicator.up({ message: 'not known: the database does not answer' });
    const troubles = reports.flatMap(({ task, trouble }) => (trouble ? [`${task.name} ${SAYS[trouble]}`] : []));
    return troubles.length === 0 ? indicator.up() : indicator.degraded({ message: troubles.join(', ') });
  }
}
