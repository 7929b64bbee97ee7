import { expect, it } from 'vitest';
import { ForeignClient } from './foreign-client.js';
import { ManualClock, NovitaSimulator, type SimulatorOptions } from './novita-simulator.js';

const DEPOSIT_USD = 100;
const HOUR_MS = 3_600_000;
const STEP_MS = 2_000;

interface Instance {
  status: string;
  clusterId: string;
  imageUrl: string;
  rootfsSize: number;
  instancePrice: string;
  gpuNum: string;
  portMappings: { port: number; type: string; endpoint: string }[];
  volumeMounts: { id: string; size: number }[];
  jobs: { id: string; type: string }[];
}
type Amounts = { amount: string; ownerID: string; pricePrecision: string; basePrice0: string }[];

const sum = (bills: Amounts) => bills.reduce((total, { amount }) => total + Number(amount), 0);

/** A whole life, by the contract alone. The client sleeps by the simulator's clock. */
async function live(options: SimulatorOptions): Promise<void> {
  const clock = new ManualClock();
  const novita = await NovitaSimulator.start({ clock, seed: 11, account: { depositUsd: DEPOSIT_USD }, ...options });
  const client = new ForeignClient(novita.url, 'foreign-key');
  const pass = async (ms: number) => {
    clock.tick(ms);
    await novita.settled();
  };
  const see = async (id: string) =>
    (await client.call('getInstance', { query: { instanceId: id } })) as unknown as Instance;
  /** Polls until the status comes, and says which were seen on the way. */
  const until = async (id: string, status: string): Promise<string[]> => {
    const seen: string[] = [];
    for (let polls = 0; polls < 500; polls += 1) {
      const now = (await see(id)).status;
      if (seen.at(-1) !== now) seen.push(now);
      if (now === status) return seen;
      await pass(STEP_MS);
    }
    throw new Error(`${status} never came: ${seen.join(' ')}`);
  };
  const act = (operation: string, instanceId: string) => client.call(operation, { body: { instanceId } });

  // what an instance is made of
  const wanted = {
    ...{ name: 'mine', type: 'instance', channel: 'private', image: 'docker.io/example/app:1', rootfsSize: 60 },
    ports: [{ type: 'http', ports: [8000] }],
    envs: [{ key: 'MODE', value: 'test' }],
  };
  const { templateId } = await client.call('createTemplate', { body: { template: wanted } });
  const { template } = await client.call('getTemplate', { query: { templateId: templateId as string } });
  expect(template).toMatchObject({ Id: templateId, ...wanted });
  await client.call('updateTemplate', { body: { template: { ...wanted, Id: templateId, name: 'ours' } } });
  const listed = await client.call('listTemplates', { query: { channel: 'private', isMyCommunity: 'true' } });
  expect(listed.template).toMatchObject([{ Id: templateId, name: 'ours' }]);

  await client.call('saveRepositoryAuth', { body: { name: 'ghcr.io', username: 'me', password: 'not-a-password' } });
  const auths = (await client.call('listRepositoryAuths')).data as { id: string; name: string }[];
  const authId = auths.find(({ name }) => name === 'ghcr.io')?.id ?? '';

  const clusters = (await client.call('listClusters')).data as { id: string; supportNetworkStorage: boolean }[];
  const clusterId = clusters.find(({ supportNetworkStorage }) => supportNetworkStorage)?.id ?? '';
  const volume = { clusterId, storageName: 'models', storageSize: 50 };
  const created: unknown = await client.call('createNetworkStorage', { body: volume });
  const storageId = typeof created === 'string' ? created : (created as { storageId: string }).storageId;
  await client.call('updateNetworkStorage', { body: { storageId, storageSize: 80 } });
  const volumes = await client.call('listNetworkStorages', { query: { pageNo: '1', pageSize: '10' } });
  expect(volumes.data).toMatchObject([{ storageId, storageName: 'models', storageSize: 80, clusterId }]);

  // bought, pulled, running
  const products = (await client.call('listGpuProducts', { query: { clusterId, gpuNum: '2', available: 'true' } }))
    .data as { id: string; availableDeploy: boolean; canBuy?: boolean; activityProduct?: boolean; price: string }[];
  const product = products.find(
    ({ availableDeploy, canBuy, activityProduct }) => availableDeploy && canBuy !== false && activityProduct !== true,
  );
  const { id } = (await client.call('createInstance', {
    body: {
      ...{ name: 'life', kind: 'gpu', productId: product?.id, gpuNum: 2, rootfsSize: 60, clusterId },
      ...{ imageUrl: wanted.image, imageAuthId: authId, envs: wanted.envs, ports: '8000/http' },
      networkStorages: [{ Id: storageId, mountPoint: '/network' }],
    },
  })) as { id: string };
  expect(await until(id, 'running')).toEqual(expect.arrayContaining(['creating', 'pulling', 'running']));
  const first = await see(id);
  expect(first).toMatchObject({
    clusterId,
    instancePrice: product?.price,
    volumeMounts: [{ id: storageId, size: 80 }],
  });
  const list = (await client.call('listInstances', { query: { pageNum: '0', pageSize: '50' } })).instances;
  expect(list).toMatchObject([{ id, status: 'running' }]);
  await pass(61_000);
  const metrics = await client.call('getInstanceMetrics', { query: { instanceId: id } });
  expect(metrics.gpuUtilization).toMatchObject({ avg: [{ value: 88 }, {}, {}, {}, {}] });

  // changed in place
  const ports = [
    { port: 8000, type: 'http' },
    { port: 9000, type: 'tcp' },
  ];
  await client.call('editInstance', { body: { instanceId: id, ports, expandRootDisk: 20 } });
  await pass(STEP_MS);
  const edited = await see(id);
  expect(edited).toMatchObject({ status: 'running', rootfsSize: 80 });
  expect(edited.portMappings.map(({ port, endpoint }) => [port, endpoint !== ''])).toEqual([
    [8000, true],
    [9000, true],
  ]);
  expect(edited.portMappings[0]?.endpoint).toBe(first.portMappings[0]?.endpoint);
  await client.call('setAutoMigrate', {
    body: { instanceId: id, autoMigrateOpen: true, autoMigrateSystemDisk: false },
  });
  await client.call('upgradeInstance', {
    body: {
      ...{ instanceId: id, imageUrl: 'docker.io/example/app:2', imageAuthId: authId, envs: [], command: '' },
      ...{ entrypoint: '', save: true },
      networkVolume: { volumeMounts: [{ type: 'network', id: storageId, mountPath: '/network' }] },
    },
  });
  expect(await until(id, 'running')).toEqual(expect.arrayContaining(['resetting', 'pulling', 'running']));
  expect(await see(id)).toMatchObject({ imageUrl: 'docker.io/example/app:2' });

  // saved as an image: meanwhile nothing else is done
  const image = 'ghcr.io/example/saved:1';
  const { jobId } = await client.call('saveImage', { body: { instanceId: id, image, registryAuthId: authId } });
  expect((await see(id)).jobs).toEqual([{ id: jobId, type: 'saveImage' }]);
  expect(await client.refusal('stopInstance', { body: { instanceId: id } })).toMatchObject({ status: 400 });
  const stateOf = async () =>
    ((await client.call('listJobs', { query: { jobId: jobId as string } })).jobs as { state: { state: string } }[])[0]
      ?.state.state;
  const states: unknown[] = [];
  for (let polls = 0; states.at(-1) !== 'success'; polls += 1) {
    expect(polls).toBeLessThan(500);
    const now = await stateOf();
    if (states.at(-1) !== now) states.push(now);
    await pass(STEP_MS);
  }
  expect(states).toEqual(['pulling', 'running', 'success']);

  // stopped, started, moved
  await act('stopInstance', id);
  await until(id, 'exited');
  await act('startInstance', id);
  await until(id, 'running');
  await act('migrateInstance', id);
  const moving = (await see(id)).jobs;
  expect(moving).toMatchObject([{ type: 'instanceMigrate' }]);
  expect(await client.refusal('breakJob', { body: { jobId: moving[0]?.id } })).toEqual({
    status: 400,
    reason: 'MIGRATION_JOB_NOT_BREAKABLE',
  });
  expect(await until(id, 'running')).toEqual(expect.arrayContaining(['migrating', 'pulling', 'running']));
  expect((await see(id)).jobs).toEqual([]);

  // deleted, with all that belonged to it
  const inUse = { status: 400, reason: 'NETWORK_STORAGE_IN_USE' };
  expect(await client.refusal('deleteNetworkStorage', { body: { storageId } })).toEqual(inUse);
  const authInUse = { status: 400, reason: 'IMAGE_AUTH_IN_USE' };
  expect(await client.refusal('deleteRepositoryAuth', { body: { id: authId } })).toEqual(authInUse);
  await act('deleteInstance', id);
  await until(id, 'removed');
  await pass(60_000);
  expect(await client.refusal('getInstance', { query: { instanceId: id } })).toMatchObject({
    reason: 'RESOURCE_NOT_FOUND',
  });
  await client.call('deleteNetworkStorage', { body: { storageId } });
  await client.call('deleteRepositoryAuth', { body: { id: authId } });
  await client.call('deleteTemplate', { body: { templateId } });

  // billed to the second
  await pass(HOUR_MS);
  const bills = async (query: Record<string, string>) =>
    (await client.call('listUsageBills', { query: { cycleType: 'Hour', ...query } })).bills as Amounts;
  const ofInstance = await bills({ productCategory: 'gpu', ownerId: id });
  const [entry] = novita.ledger();
  expect(entry?.billedSeconds).toBeGreaterThan(60);
  expect(sum(ofInstance)).toBe(Math.round((entry?.costUsd ?? 0) * 10_000));
  for (const { basePrice0, pricePrecision } of ofInstance) {
    expect((Number(basePrice0) / Number(pricePrecision)) * 10).toBe(Number(product?.price));
  }
  const all = await bills({ productCategory: 'summary' });
  expect(all.map(({ ownerID }) => ownerID)).toEqual(expect.arrayContaining([id, storageId]));
  const spent = sum(all);
  const months = (await client.call('listMonthlyBills')).data as { totalAmount: string }[];
  expect(months.map(({ totalAmount }) => Number(totalAmount))).toEqual([spent]);
  const movements = (await client.call('listTransactions', { query: { pageNo: '1', pageSize: '50' } })).data as {
    transactionType: string;
    transactionAmount: string;
    walletBalance: string;
  }[];
  expect(movements.at(-1)).toMatchObject({ transactionType: 'recharge', transactionAmount: '1000000' });
  expect(Number(movements[0]?.walletBalance)).toBe(DEPOSIT_USD * 10_000 - spent);
  const { availableBalance } = await client.call('getBalance');
  // the balance is rounded once, and the bills once for each owner
  expect(Math.abs(Number(availableBalance) - Number(movements[0]?.walletBalance))).toBeLessThanOrEqual(2);

  await novita.stop();
}

it.each([
  ['as it is', {}],
  ['with the other answers to creates', { storageCreateBody: 'object', registryAuthSave: 'noContent' }],
  ['with bills of another precision', { billPrecision: '10000', missingInstance: 400 }],
] as const)('a client that knows the contract alone lives a whole life with the simulator %s', async (_, switches) => {
  await live({ switches });
});
