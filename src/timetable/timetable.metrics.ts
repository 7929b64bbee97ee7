import { getToken, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge } from 'prom-client';
import { FIGURE_TIMEOUT_MS } from '../metrics/figure-timeout.js';
import type { TaskTrouble } from './trouble.js';

const RUNS_TOTAL = 'novitai_background_task_runs_total';
const TASK_RUNS = getToken(RUNS_TOTAL);
const TROUBLES: readonly TaskTrouble[] = ['overdue', 'failing'];

interface JudgedTask {
  task: { name: string };
  trouble: TaskTrouble | null;
  runs: readonly { succeededAt: Date | null }[];
}

/** Figures of background tasks for the metrics. */
export class TaskFigures {
  private ask: (timeoutMs: number) => Promise<readonly JudgedTask[]> = () => Promise.resolve([]);

  constructor(private readonly runs: Counter<'task' | 'outcome'>) {}

  ran(task: string, hasFailed: boolean): void {
    this.runs.inc({ task, outcome: hasFailed ? 'failed' : 'succeeded' });
  }

  /** Sets how the tasks are read. */
  setTroubles(ask: (timeoutMs: number) => Promise<readonly JudgedTask[]>): void {
    this.ask = ask;
  }

  /** Null when the database does not answer in time, since an old figure would look current. */
  judged(): Promise<readonly JudgedTask[] | null> {
    return this.ask(FIGURE_TIMEOUT_MS).catch(() => null);
  }
}

/** Every replica reports the gauges of all replicas: take the maximum, not the sum. */
export const timetableMetricProviders = [
  makeCounterProvider({
    name: RUNS_TOTAL,
    help: 'Runs of background tasks that ended in this process, by task and outcome: succeeded, failed.',
    labelNames: ['task', 'outcome'],
  }),
  {
    provide: TaskFigures,
    inject: [TASK_RUNS],
    useFactory: (runs: Counter<'task' | 'outcome'>) => new TaskFigures(runs),
  },
  makeGaugeProvider({
    name: 'novitai_background_task_last_success_timestamp_seconds',
    help: 'When a background task last succeeded on any replica, in seconds since 1970.',
    labelNames: ['task'],
    inject: [TaskFigures],
    async collect(this: Gauge<'task'>, figures: TaskFigures) {
      const tasks = await figures.judged();
      this.reset();
      for (const { task, runs } of tasks ?? []) {
        const last = Math.max(...runs.map(({ succeededAt }) => succeededAt?.getTime() ?? -Infinity));
        if (Number.isFinite(last)) this.set({ task: task.name }, last / 1000);
      }
    },
  }),
  makeGaugeProvider({
    name: 'novitai_background_task_in_trouble',
    help: '1 while a background task is overdue (began too long ago) or failing (three runs in a row). Alarm on it: look at GET /api/background-tasks.',
    labelNames: ['task', 'trouble'],
    inject: [TaskFigures],
    async collect(this: Gauge<'task' | 'trouble'>, figures: TaskFigures) {
      const tasks = await figures.judged();
      this.reset();
      for (const { task, trouble } of tasks ?? []) {
        for (const kind of TROUBLES) this.set({ task: task.name, trouble: kind }, trouble === kind ? 1 : 0);
      }
    },
  }),
];
