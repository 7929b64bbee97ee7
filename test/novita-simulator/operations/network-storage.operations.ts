import { ok } from '../answer.js';
import { clusterName } from '../catalogue.wire.js';
import { storageSize, type NetworkStorage } from '../network-storage.js';
import { Refusal } from '../refusal.js';
import { refuseWithoutMoney, type World } from '../world.js';
import { contains, get, invalid, pageFromOne, post, word, type Operation } from './operation.js';

const LARGEST_GB = 4096;

interface Create {
  clusterId: string;
  storageName: string;
  storageSize: number;
}

interface Update {
  storageId: string;
  storageName?: string;
  storageSize: number;
}

export const NETWORK_STORAGE_OPERATIONS: readonly Operation[] = [
  get('listNetworkStorages', '/networkstorages/list', (world, { query }) => {
    const id = word(query, 'storageId');
    const found = present(world).filter(
      (storage) => contains(storage.name, query.get('storageName')) && (id === undefined || storage.id === id),
    );
    const { page, ...echo } = pageFromOne(found, query, world, 'pageNo');
    return ok({ data: page.map((storage) => wire(storage, world)), ...echo });
  }),
  post('createNetworkStorage', '/networkstorage/create', createStorage, 'create'),
  post('updateNetworkStorage', '/networkstorage/update', updateStorage),
  post('deleteNetworkStorage', '/networkstorage/delete', deleteStorage, 'release'),
];

function createStorage(world: World, body: Create) {
  const { catalogue, clock, holdings, ids, switches } = world;
  const cluster = catalogue.clusters.find(({ id }) => id === body.clusterId);
  if (cluster === undefined) throw invalid(`clusterId ${body.clusterId} does not exist`);
  if (!cluster.supportNetworkStorage) {
    throw new Refusal(400, 'CUR_CLUSTER_NETWORK_STORAGE_NOT_SUPPORT', 'the cluster has no network storage');
  }
  if (body.storageName === '') throw invalid('storageName is required');
  refuseTooLarge(body.storageSize);
  refuseWithoutMoney(world, 0);
  const now = clock.now();
  const storage: NetworkStorage = {
    id: ids.uuid(),
    name: body.storageName,
    clusterId: cluster.id,
    sizes: [{ gb: body.storageSize, from: now, to: null }],
    deletedAt: null,
  };
  holdings.storages.push(storage);
  return ok(switches.storageCreateBody === 'id' ? storage.id : wire(storage, world));
}

function updateStorage(world: World, body: Update) {
  const storage = known(world, body.storageId);
  const size = storageSize(storage);
  if (body.storageSize < size) throw invalid('storageSize may only grow');
  refuseTooLarge(body.storageSize);
  if (body.storageName !== undefined) storage.name = body.storageName;
  if (body.storageSize > size) {
    const now = world.clock.now();
    for (const span of storage.sizes) span.to ??= now;
    storage.sizes.push({ gb: body.storageSize, from: now, to: null });
  }
  return ok({});
}

function deleteStorage(world: World, { storageId }: { storageId: string }) {
  const storage = known(world, storageId);
  const users = [...world.fleet.machines.values()].filter(
    (machine) => machine.status !== 'removed' && machine.networkStorages.some(({ id }) => id === storageId),
  );
  if (users.length > 0) throw new Refusal(400, 'NETWORK_STORAGE_IN_USE', 'an instance uses the network storage');
  const now = world.clock.now();
  for (const span of storage.sizes) span.to ??= now;
  storage.deletedAt = now;
  return ok({});
}

function refuseTooLarge(gb: number): void {
  if (gb <= LARGEST_GB) return;
  throw new Refusal(400, 'NETWORK_STORAGE_TOO_LARGE', 'network storage too large', { limit: String(LARGEST_GB) });
}

const present = ({ holdings }: World) => holdings.storages.filter(({ deletedAt }) => deletedAt === null);

function known(world: World, storageId: string): NetworkStorage {
  const storage = present(world).find(({ id }) => id === storageId);
  if (storage === undefined) throw new Refusal(400, 'NETWORK_STORAGE_NOT_FOUND', 'network storage not found');
  return storage;
}

function wire(storage: NetworkStorage, { catalogue, switches }: World) {
  const cluster = catalogue.clusters.find(({ id }) => id === storage.clusterId);
  return {
    storageId: storage.id,
    storageName: storage.name,
    storageSize: storageSize(storage),
    clusterId: storage.clusterId,
    clusterName: cluster === undefined ? storage.clusterId : clusterName(cluster, switches),
    price: '200',
  };
}
