import { ok } from '../answer.js';
import { drawMs } from '../boot-times.js';
import { jobState, type Job } from '../jobs.js';
import { Refusal } from '../refusal.js';
import { knownMachine, type World } from '../world.js';
import { get, pageOf, post, whole, word, type Operation } from './operation.js';

interface SaveImage {
  instanceId: string;
  image: string;
  registryAuthId?: string;
}

export const JOB_OPERATIONS: readonly Operation[] = [
  get('listJobs', '/jobs', (world, { query }) => {
    const now = world.clock.now();
    const asked = { id: word(query, 'jobId'), state: word(query, 'state'), type: word(query, 'type') };
    const [from, to] = [whole(query, 'startTime', 0) * 1000, whole(query, 'endTime', 0) * 1000];
    const found = world.jobs.jobs.filter(
      (job) =>
        (asked.id === undefined || job.id === asked.id) &&
        (asked.state === undefined || jobState(job, now) === asked.state) &&
        (asked.type === undefined || job.type === asked.type) &&
        job.createdAt >= from &&
        (to === 0 || job.createdAt <= to),
    );
    const { page, total } = pageOf(found.toReversed(), query, world);
    return ok({ jobs: page.map((job) => wire(job, world)), total: total ?? found.length });
  }),
  post('breakJob', '/job/break', (world, { jobId }: { jobId: string }) => {
    const job = world.jobs.jobs.find(({ id }) => id === jobId);
    if (job === undefined) throw new Refusal(400, 'JOB_NOT_FOUND', 'job not found');
    if (job.type !== 'saveImage') {
      throw new Refusal(400, 'MIGRATION_JOB_NOT_BREAKABLE', 'a migration cannot be broken off');
    }
    const state = jobState(job, world.clock.now());
    if (state !== 'pulling' && state !== 'running') throw new Refusal(400, 'CONFLICT', 'the job is over');
    world.jobs.end(job, 'break');
    return ok({ jobId });
  }),
  post('saveImage', '/job/save/image', saveImage),
];

function saveImage(world: World, { instanceId, image, registryAuthId = '' }: SaveImage) {
  const { catalogue, fleet, jobs } = world;
  const machine = knownMachine(world, instanceId);
  fleet.expectAllowed(machine, 'saveImage');
  if (registryAuthId !== '' && !catalogue.registryAuths.some(({ id }) => id === registryAuthId)) {
    throw new Refusal(400, 'IMAGE_URL_OR_AUTH_ERROR', 'image url or auth error');
  }
  const { bootTimes, random, timeFactor } = fleet.pace;
  const job = jobs.open(
    machine.id,
    'saveImage',
    drawMs(bootTimes.preparing, random, timeFactor),
    drawMs(bootTimes.saving, random, timeFactor),
  );
  if (image.startsWith('broken/')) Object.assign(job, { ending: 'fail', error: 'push refused' });
  return ok({ jobId: job.id });
}

function wire(job: Job, { authority, clock }: World) {
  const state = jobState(job, clock.now());
  return {
    Id: job.id,
    user: 'u-000001',
    type: job.type,
    envs: [],
    state: { state, error: state === 'fail' ? 'JobFailed' : '', errorMessage: state === 'fail' ? job.error : '' },
    logAddress: `http://${authority}/_sim/machines/${job.machineId}/log`,
    createdAt: String(Math.floor(job.createdAt / 1000)),
    instanceId: job.machineId,
  };
}
