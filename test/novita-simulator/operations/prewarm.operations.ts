import { ok } from '../answer.js';
import { drawMs, isLargeImage } from '../boot-times.js';
import { clusterName } from '../catalogue.wire.js';
import { prewarmState, type Prewarm } from '../prewarm.js';
import { Refusal } from '../refusal.js';
import type { World } from '../world.js';
import { contains, get, invalid, pageFromOne, post, word, type Operation } from './operation.js';

const MOST_TASKS = 5;
const LARGEST_IMAGE_GB = 100;
const GB = 1_000_000_000;

interface Create {
  imageUrl: string;
  repositoryAuth?: string;
  clusterId: string;
  productIds?: string[];
  note?: string;
}

export const PREWARM_OPERATIONS: readonly Operation[] = [
  get('getImagePrewarmQuota', '/image/prewarm/quota', ({ holdings }) =>
    ok({ total: holdings.prewarms.length, limit: MOST_TASKS, perImageSize: LARGEST_IMAGE_GB }),
  ),
  get('listImagePrewarm', '/image/prewarm', (world, { query }) => {
    const now = world.clock.now();
    const [state, clusterId] = [word(query, 'state'), word(query, 'clusterId')];
    const found = world.holdings.prewarms.filter(
      (task) =>
        (state === undefined || prewarmState(task, now) === state) &&
        (clusterId === undefined || task.clusterId === clusterId) &&
        contains(imageName(task), query.get('name')),
    );
    const { page, ...echo } = pageFromOne(found.toReversed(), query, world, 'page');
    return ok({ data: page.map((task) => wire(task, world)), ...echo });
  }),
  post('createImagePrewarm', '/image/prewarm', createTask),
  post('editImagePrewarm', '/image/prewarm/edit', (world, { id, note }: { id: string; note?: string }) => {
    const task = known(world, id);
    task.note = note ?? task.note;
    return ok({});
  }),
  post(
    'deleteImagePrewarm',
    '/image/prewarm/delete',
    (world, { ids }: { ids: string[] }) => {
      const gone = ids.map((id) => known(world, id));
      world.holdings.prewarms = world.holdings.prewarms.filter((task) => !gone.includes(task));
      return ok({});
    },
    'release',
  ),
];

function createTask(world: World, body: Create) {
  const { catalogue, clock, fleet, holdings, ids } = world;
  const productIds = body.productIds ?? [];
  if (!catalogue.clusters.some(({ id }) => id === body.clusterId)) throw invalid(`clusterId ${body.clusterId}`);
  const nodes = catalogue.products.filter(
    ({ id, clusterIds }) => clusterIds.includes(body.clusterId) && (productIds.length === 0 || productIds.includes(id)),
  );
  if (nodes.length === 0 || nodes.length < productIds.length) {
    throw new Refusal(400, 'IMAGE_PREWARM_NO_NODES_AVAILABLE', 'the cluster has no such nodes');
  }
  if (holdings.prewarms.length >= MOST_TASKS) {
    throw new Refusal(400, 'IMAGE_PREWARM_NUM_LIMIT', 'too many prewarm tasks', { limit: String(MOST_TASKS) });
  }
  if (body.imageUrl.startsWith('missing/')) throw new Refusal(400, 'IMAGE_NOT_FOUND', 'image not found');
  if (body.imageUrl.startsWith('huge/')) throw new Refusal(400, 'IMAGE_TOO_LARGE', 'image too large');
  const authId = body.repositoryAuth ?? '';
  if (authId !== '' && !catalogue.registryAuths.some(({ id }) => id === authId)) {
    throw new Refusal(400, 'IMAGE_URL_OR_AUTH_ERROR', 'image url or auth error');
  }
  const { bootTimes, random, timeFactor } = fleet.pace;
  const now = clock.now();
  const runsAt = now + drawMs(bootTimes.prewarmQueued, random, timeFactor);
  const task: Prewarm = {
    id: ids.decimal(holdings.prewarms),
    imageUrl: body.imageUrl,
    registryAuthId: authId,
    clusterId: body.clusterId,
    productIds,
    note: body.note ?? '',
    imageBytes: isLargeImage(body.imageUrl) ? 20 * GB : 2 * GB,
    createdAt: now,
    runsAt,
    endsAt: runsAt + drawMs(bootTimes.prewarming, random, timeFactor),
    failure: body.imageUrl.startsWith('broken/') ? 'manifest unknown' : '',
  };
  holdings.prewarms.push(task);
  return ok({ id: task.id });
}

function known({ holdings }: World, taskId: string): Prewarm {
  const task = holdings.prewarms.find(({ id }) => id === taskId);
  if (task === undefined) throw new Refusal(400, 'RESOURCE_NOT_FOUND', 'image prewarm task not found');
  return task;
}

/** The last part of the path, without the tag. */
const imageName = ({ imageUrl }: Prewarm) => imageUrl.split('/').at(-1)?.split(':')[0] ?? '';

function wire(task: Prewarm, { catalogue, clock, switches }: World) {
  const cluster = catalogue.clusters.find(({ id }) => id === task.clusterId);
  const state = prewarmState(task, clock.now());
  const isOver = state === 'Succeeded' || state === 'Failed';
  const nameOf = (productId: string) => catalogue.products.find(({ id }) => id === productId)?.name ?? productId;
  return {
    id: task.id,
    imageName: imageName(task),
    imageUrl: task.imageUrl,
    repositoryAuth: task.registryAuthId,
    clusterId: task.clusterId,
    clusterName: cluster === undefined ? task.clusterId : clusterName(cluster, switches),
    products: task.productIds.map((productId) => ({ productId, productName: nameOf(productId) })),
    imageSize: state === 'Pending' ? '0' : String(task.imageBytes),
    createTime: String(Math.floor(task.createdAt / 1000)),
    completeTime: isOver ? String(Math.floor(task.endsAt / 1000)) : '0',
    state,
    note: task.note,
    reason: state === 'Failed' ? [task.failure] : [],
  };
}
