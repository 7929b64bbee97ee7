/** How a background task that does not do its duty is told. A file of its own: the metrics are those of one service in a process. */
import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DATABASE } from '../../src/database/database.module.js';
import type { Database } from '../../src/database/pool.js';
import type { BackgroundTaskDto } from '../../src/timetable/api/background-task.dto.js';
import { CLOCK, type Clock } from '../../src/time/clock.js';
import type { TestDatabase } from '../support/empty-database.js';
import { eventually } from '../support/eventually.js';
import { send } from '../support/raw-http.js';
import { startService } from '../support/service-in-process.js';
import { createTestDatabase } from '../support/test-database.js';

type Service = Awaited<ReturnType<typeof startService>>;

describe('a background task in trouble', () => {
  let own: TestDatabase;
  let lonely: Service;
  // no replica does the duties of this deployment: what is known of them is what the test writes
  beforeAll(async () => {
    own = await createTestDatabase();
    lonely = await startService(own.url, { server: { role: 'api' } });
  });
  afterAll(async () => {
    await lonely.app.close();
    await own.drop();
  });

  const write = async (name: string, beganAgoSeconds: number, failures: number): Promise<void> => {
    const beganAt = new Date(lonely.app.get<Clock>(CLOCK).now().getTime() - beganAgoSeconds * 1000);
    await sql`INSERT INTO background_tasks (name, process, replica, began_at, failures_in_row)
      VALUES (${name}, '', 'gone/1', ${beganAt}, ${failures})
      ON CONFLICT (name, process) DO UPDATE SET began_at = excluded.began_at, failures_in_row = excluded.failures_in_row`.execute(
      lonely.app.get<Database>(DATABASE),
    );
  };
  const health = async () => (await send(lonely.port, { path: '/health' })).json as Record<string, never>;
  const part = async (): Promise<unknown> => (await health())['dependencies']?.['backgroundTasks'];
  const metrics = async (): Promise<string> => (await send(lonely.port, { path: '/metrics' })).text;

  it('degrades the health and never more, is told by a metric, and is overdue in the answer', async () => {
    await write('fleet-sweep', 3_600, 0);
    await write('due-instances', 1, 3);
    await write('job-upkeep', 200, 2);
    await eventually('the health says so', async () => {
      const said = await part();
      return isDeepStrictEqual(said, { status: 'degraded', message: 'due-instances fails, fleet-sweep is overdue' });
    });
    expect(await health()).toMatchObject({ status: 'healthy' });
    const { json } = await send(lonely.port, { path: '/api/background-tasks/fleet-sweep' });
    expect(json).toMatchObject({ overdue: true, runs: [{ overdue: true }] });
    const text = await metrics();
    expect(text).toMatch(/^novitai_background_task_in_trouble\{task="fleet-sweep",trouble="overdue"\} 1$/m);
    expect(text).toMatch(/^novitai_background_task_in_trouble\{task="due-instances",trouble="failing"\} 1$/m);
    expect(text).toMatch(/^novitai_background_task_in_trouble\{task="job-upkeep",trouble="failing"\} 0$/m);
    expect(text).toMatch(/^novitai_background_task_runs_total\{task="database-clock",outcome="succeeded"\} \d+$/m);
  });

  it('is none any more when it has run', async () => {
    for (const name of ['fleet-sweep', 'due-instances', 'job-upkeep']) await write(name, 1, 0);
    await eventually('the health says so', async () => JSON.stringify(await part()) === '{"status":"up"}');
  });

  it('is never one of a process that is gone: nobody can run that again', async () => {
    const db = lonely.app.get<Database>(DATABASE);
    await sql`INSERT INTO background_tasks (name, process, replica, began_at, failures_in_row)
      VALUES ('database-clock', 'gone/1', 'gone/1', now() - interval '5 minutes', 9),
             ('database-clock', 'gone/2', 'gone/2', now() - interval '1 hour', 9)`.execute(db);
    const { json } = await send(lonely.port, { path: '/api/background-tasks/database-clock' });
    expect((json as BackgroundTaskDto).runs.map(({ replica }) => replica)).not.toContain('gone/2');
    expect(json).toMatchObject({ overdue: false });
  });
});
