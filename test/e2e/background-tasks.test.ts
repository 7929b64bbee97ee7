/** What operators see of the background tasks, by the whole service over real connections. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackgroundTasks } from '../../src/timetable/background-tasks.service.js';
import type { BackgroundTaskDto } from '../../src/timetable/api/background-task.dto.js';
import type { TestDatabase } from '../support/empty-database.js';
import { eventually } from '../support/eventually.js';
import { send } from '../support/raw-http.js';
import { startService } from '../support/service-in-process.js';
import { createTestDatabase } from '../support/test-database.js';

type Service = Awaited<ReturnType<typeof startService>>;

let database: TestDatabase;
let worker: Service;
let api: Service;

beforeAll(async () => {
  database = await createTestDatabase();
  worker = await startService(database.url, { server: { role: 'worker' } });
  api = await startService(database.url, { server: { role: 'api' } });
});

afterAll(async () => {
  await Promise.all([worker.app.close(), api.app.close()]);
  await database.drop();
});

const tasks = async (): Promise<BackgroundTaskDto[]> =>
  ((await send(api.port, { path: '/api/background-tasks' })).json as { data: BackgroundTaskDto[] }).data;
const task = async (name: string): Promise<BackgroundTaskDto> =>
  (await send(api.port, { path: `/api/background-tasks/${name}` })).json as BackgroundTaskDto;
const activate = (name: string) => send(api.port, { method: 'POST', path: `/api/background-tasks/${name}/activate` });

const NAMES = [
  'capacity-watch',
  'database-clock',
  'due-instances',
  'encryption-keys',
  'fleet-sweep',
  'job-upkeep',
  'retention',
  'webhooks',
];

describe('the background tasks', () => {
  it('are listed by each replica with what all replicas did, in the order of their names', async () => {
    const all = await eventually('each has ended well', async () => {
      const listed = await tasks();
      return listed.every(({ runs }) => runs.some(({ succeededAt }) => succeededAt)) ? listed : null;
    });
    expect(all.map(({ name }) => name)).toEqual(NAMES);
    for (const listed of all) {
      // the same task asked for alone is of the same shape
      const alone = await task(listed.name);
      expect(Object.keys(alone)).toEqual(Object.keys(listed));
      expect(alone.runs.map(({ replica }) => replica)).toEqual(listed.runs.map(({ replica }) => replica));
      expect(listed).toMatchObject({ overdue: false, activateRequestedAt: null });
    }
    expect(all.map(({ scope, lease }) => [scope, lease])).toEqual([
      ['deployment', 'fleet'],
      ['replica', null],
      ['deployment', 'fleet'],
      ['replica', null],
      ['deployment', 'fleet'],
      ['deployment', 'jobs'],
      ['deployment', 'retention'],
      ['deployment', 'webhooks'],
    ]);
    expect((await task('due-instances')).runs).toMatchObject([{ status: { due: 0 }, error: null, failuresInRow: 0 }]);
  });

  it('of the deployment are run by the replica that works, and those of each process by every one', async () => {
    const [worksAs, servesAs] = [worker, api].map(({ app }) => app.get(BackgroundTasks).replica);
    await eventually('both have told of their clocks', async () => (await task('database-clock')).runs.length === 2);
    expect((await task('database-clock')).runs.map(({ replica }) => replica).toSorted()).toEqual(
      [worksAs, servesAs].toSorted(),
    );
    for (const name of ['due-instances', 'fleet-sweep', 'job-upkeep', 'retention']) {
      expect(
        (await task(name)).runs.map(({ replica }) => replica),
        name,
      ).toEqual([worksAs]);
    }
  });

  it('run at once when they are asked to, on whichever replica runs them', async () => {
    const startedAt = async (): Promise<string> => (await task('job-upkeep')).runs[0]?.startedAt ?? '';
    const before = await startedAt();
    const answer = await activate('job-upkeep');
    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({ name: 'job-upkeep', lease: 'jobs' });
    await eventually('it has begun again', async () => (await startedAt()) > before);
    expect((await task('job-upkeep')).activateRequestedAt).toBeNull();
  });

  it.each(['idling', "'", 'constructor'])('of the name %s there is none', async (name) => {
    for (const answer of [await send(api.port, { path: `/api/background-tasks/${name}` }), await activate(name)]) {
      expect([answer.status, (answer.json as { code: string }).code]).toEqual([404, 'BACKGROUND_TASK_NOT_FOUND']);
    }
  });
});
