import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Reply } from '../api-caller.js';
import { Contract } from '../contract.js';
import { ManualClock } from '../novita-simulator.js';
import { shape } from '../shape.js';
import { withNovita, type Stage } from '../with-novita.js';
import type { Operation } from './operation.js';
import { OPERATIONS } from './operations.js';

const FOLDER = path.join(import.meta.dirname, '..', '..', 'novita-contract', 'examples');
const read = (file: string): unknown => JSON.parse(readFileSync(path.join(FOLDER, `v1-${file}.json`), 'utf8'));
const example = (file: string) => read(`${file}.request`) as Record<string, unknown>;

/** An account in which there is one of each thing, an hour after it was opened. */
interface Scene extends Stage {
  clock: ManualClock;
  machine: string;
  storage: string;
  auth: string;
  template: string;
  prewarm: string;
  job: string;
}

async function withScene(play: (scene: Scene) => Promise<void>): Promise<void> {
  const clock = new ManualClock();
  await withNovita({ clock }, async ({ api, novita }) => {
    await api.post('/networkstorage/create', example('create-network-storage'));
    await api.post('/template/create', example('create-template'));
    await api.post('/image/prewarm', example('create-image-prewarm'));
    const machine = await api.create({ ports: '8188/http', clusterId: 'us-ca-6' });
    await novita.advance(machine, 'running');
    const saved = await api.post('/job/save/image', { ...example('save-image'), instanceId: machine });
    clock.tick(3_600_000);
    await play({
      ...{ api, novita, clock, machine },
      storage: novita.holdings.storages[0]?.id ?? '',
      auth: novita.catalogue.registryAuths[0]?.id ?? '',
      template: novita.catalogue.templates.at(-1)?.id ?? '',
      prewarm: novita.holdings.prewarms[0]?.id ?? '',
      job: saved.json?.jobId as string,
    });
  });
}

interface Sample {
  /** A request that is accepted: the query, or the body. */
  asks: (scene: Scene) => string | Record<string, unknown> | Promise<string | Record<string, unknown>>;
  /** The example whose fields and types the answer has. */
  like?: string;
  /** Requests that are refused, with the reason. */
  refuses?: Record<string, (scene: Scene) => string | Record<string, unknown>>;
}

const none = () => '';
const CREATE = { productId: '4090.16c62g', gpuNum: 1, rootfsSize: 60, imageUrl: 'nginx:1.27', kind: 'gpu' };
const instance = ({ machine }: Scene) => ({ instanceId: machine });
const unknownInstance = () => ({ instanceId: 'nosuchmachine' });
const stopped = async (scene: Scene) => {
  await scene.api.act('stop', scene.machine);
  await scene.novita.advance(scene.machine, 'exited');
  return instance(scene);
};
const upgradeOf = ({ machine, storage }: Scene) => ({
  ...example('upgrade-instance'),
  instanceId: machine,
  networkVolume: { volumeMounts: [{ type: 'network', id: storage, mountPath: '/network' }] },
});

const SAMPLES: Record<string, Sample> = {
  createInstance: {
    asks: () => CREATE,
    like: 'create-instance.response',
    refuses: { NETWORK_STORAGE_NOT_FOUND: () => ({ ...CREATE, networkStorages: [{ Id: 'none' }] }) },
  },
  startInstance: { asks: stopped, refuses: { CONFLICT: instance, RESOURCE_NOT_FOUND: unknownInstance } },
  stopInstance: { asks: instance, refuses: { RESOURCE_NOT_FOUND: unknownInstance } },
  restartInstance: { asks: instance, refuses: { RESOURCE_NOT_FOUND: unknownInstance } },
  deleteInstance: { asks: instance, refuses: { RESOURCE_NOT_FOUND: unknownInstance } },
  getInstance: {
    asks: ({ machine }) => `instanceId=${machine}`,
    refuses: { RESOURCE_NOT_FOUND: () => 'instanceId=nosuchmachine' },
  },
  listInstances: { asks: () => 'pageNum=0&pageSize=10' },
  migrateInstance: {
    asks: instance,
    like: 'migrate-instance.response',
    refuses: { VALIDATOR_PARAM: () => ({}), RESOURCE_NOT_FOUND: unknownInstance },
  },
  editInstance: {
    asks: ({ machine }) => ({ ...example('edit-instance'), instanceId: machine }),
    refuses: {
      VALIDATOR_PARAM: ({ machine }) => ({ instanceId: machine, ports: [{ port: 2222, type: 'tcp' }] }),
      RESOURCE_NOT_FOUND: unknownInstance,
    },
  },
  upgradeInstance: {
    asks: upgradeOf,
    refuses: {
      VALIDATOR_PARAM: instance,
      IMAGE_NOT_FOUND: (scene) => ({ ...upgradeOf(scene), imageUrl: 'missing/image:1' }),
      IMAGE_URL_OR_AUTH_ERROR: (scene) => ({ ...upgradeOf(scene), imageAuthId: '1' }),
      NETWORK_STORAGE_NOT_FOUND: (scene) => ({
        ...upgradeOf(scene),
        networkVolume: { volumeMounts: [{ type: 'network', id: 'none', mountPath: '/network' }] },
      }),
    },
  },
  setAutoMigrate: {
    asks: ({ machine }) => ({ ...example('set-auto-migrate'), instanceId: machine }),
    refuses: { VALIDATOR_PARAM: instance },
  },
  listGpuProducts: { asks: () => 'billingMethod=spot&available=true', like: 'list-gpu-products.response' },
  listCpuProducts: { asks: none, like: 'list-cpu-products.response' },
  listClusters: { asks: none, like: 'list-clusters.response' },
  listTemplates: { asks: () => 'channel=private&type=instance', like: 'list-templates.response' },
  getTemplate: {
    asks: ({ template }) => `templateId=${template}`,
    like: 'get-template.response',
    refuses: { TEMPLATE_NOT_FOUND: () => 'templateId=1' },
  },
  createTemplate: {
    asks: () => example('create-template'),
    like: 'create-template.response',
    refuses: { VALIDATOR_PARAM: () => ({ template: { name: 'incomplete' } }) },
  },
  updateTemplate: {
    asks: ({ template }) => ({ template: { ...(example('create-template').template as object), Id: template } }),
    like: 'create-template.response',
    refuses: {
      TEMPLATE_NOT_FOUND: () => ({ template: { ...(example('create-template').template as object), Id: '1' } }),
      NO_PERMISSION: () => ({ template: { ...(example('create-template').template as object), Id: '104001' } }),
    },
  },
  deleteTemplate: {
    asks: ({ template }) => ({ templateId: template }),
    like: 'create-template.response',
    refuses: {
      TEMPLATE_NOT_FOUND: () => ({ templateId: '1' }),
      NO_PERMISSION: () => ({ templateId: '104001' }),
    },
  },
  listRepositoryAuths: { asks: none, like: 'list-repository-auths.response' },
  saveRepositoryAuth: {
    asks: () => example('save-repository-auth'),
    refuses: { VALIDATOR_PARAM: () => ({ name: 'docker.io', username: 'me', password: '' }) },
  },
  deleteRepositoryAuth: {
    asks: ({ auth }) => ({ id: auth }),
    refuses: { RESOURCE_NOT_FOUND: () => ({ id: '1' }) },
  },
  listNetworkStorages: { asks: () => 'pageNo=1&pageSize=20', like: 'list-network-storages.response' },
  createNetworkStorage: {
    asks: () => example('create-network-storage'),
    like: 'create-network-storage.response',
    refuses: {
      VALIDATOR_PARAM: () => ({ ...example('create-network-storage'), storageSize: 9 }),
      NETWORK_STORAGE_TOO_LARGE: () => ({ ...example('create-network-storage'), storageSize: 5000 }),
      CUR_CLUSTER_NETWORK_STORAGE_NOT_SUPPORT: () => ({ ...example('create-network-storage'), clusterId: 'us-tx-1' }),
    },
  },
  updateNetworkStorage: {
    asks: ({ storage }) => ({ ...example('update-network-storage'), storageId: storage }),
    refuses: {
      VALIDATOR_PARAM: ({ storage }) => ({ storageId: storage, storageSize: 20 }),
      NETWORK_STORAGE_NOT_FOUND: () => ({ storageId: 'none', storageSize: 100 }),
    },
  },
  deleteNetworkStorage: {
    asks: ({ storage }) => ({ storageId: storage }),
    refuses: { NETWORK_STORAGE_NOT_FOUND: () => ({ storageId: 'none' }) },
  },
  getImagePrewarmQuota: { asks: none, like: 'image-prewarm-quota.response' },
  listImagePrewarm: { asks: () => 'page=1&pageSize=10&state=Succeeded', like: 'list-image-prewarm.response' },
  createImagePrewarm: {
    asks: () => example('create-image-prewarm'),
    refuses: {
      IMAGE_PREWARM_NO_NODES_AVAILABLE: () => ({ ...example('create-image-prewarm'), productIds: ['l40s.14c100g'] }),
      IMAGE_TOO_LARGE: () => ({ ...example('create-image-prewarm'), imageUrl: 'huge/image:1' }),
      IMAGE_NOT_FOUND: () => ({ ...example('create-image-prewarm'), imageUrl: 'missing/image:1' }),
    },
  },
  editImagePrewarm: {
    asks: ({ prewarm }) => ({ id: prewarm, note: 'release 1.6' }),
    refuses: { RESOURCE_NOT_FOUND: () => ({ id: '1' }) },
  },
  deleteImagePrewarm: {
    asks: ({ prewarm }) => ({ ids: [prewarm] }),
    refuses: { RESOURCE_NOT_FOUND: () => ({ ids: ['1'] }) },
  },
  listJobs: { asks: () => 'pageNum=0&pageSize=10&type=saveImage', like: 'list-jobs.response' },
  breakJob: {
    asks: async ({ api, machine }) => {
      const saved = await api.post('/job/save/image', { instanceId: machine, image: 'docker.io/example/next:1' });
      return { jobId: saved.json?.jobId };
    },
    like: 'save-image.response',
    refuses: { JOB_NOT_FOUND: () => ({ jobId: 'none' }), CONFLICT: ({ job }) => ({ jobId: job }) },
  },
  saveImage: {
    asks: ({ machine, auth }) => ({ ...example('save-image'), instanceId: machine, registryAuthId: auth }),
    like: 'save-image.response',
    refuses: {
      RESOURCE_NOT_FOUND: () => example('save-image'),
      IMAGE_URL_OR_AUTH_ERROR: ({ machine }) => ({
        ...example('save-image'),
        instanceId: machine,
        registryAuthId: '1',
      }),
    },
  },
  getInstanceMetrics: {
    // the minute after the hour has a gap
    asks: async ({ machine, clock }) => {
      clock.tick(120_000);
      return Promise.resolve(`instanceId=${machine}`);
    },
    like: 'metrics.response',
    refuses: {
      VALIDATOR_PARAM: ({ machine }) => `instanceId=${machine}&interval=5`,
      RESOURCE_NOT_FOUND: () => 'instanceId=nosuchmachine',
    },
  },
  getBalance: { asks: none, like: 'balance.response' },
  listUsageBills: {
    asks: () => 'cycleType=Hour&productCategory=gpu',
    like: 'usage-bills.response',
    refuses: {
      INVALID_BILL_CYCLE: () => 'cycleType=Year&productCategory=gpu',
      INVALID_PRODUCT_CATEGORY: () => 'cycleType=Hour&productCategory=bread',
      VALIDATOR_PARAM: () => 'cycleType=Hour&productCategory=gpu&startTime=1&endTime=1767225600',
    },
  },
  listFixedTermBills: {
    asks: async ({ api }) => {
      await api.create({ month: 1 });
      return 'category=summary';
    },
    like: 'fixed-term-bills.response',
    refuses: { INVALID_PRODUCT_CATEGORY: () => 'category=bread' },
  },
  listMonthlyBills: {
    asks: () => 'startMonth=2025-12',
    like: 'monthly-bills.response',
    refuses: { VALIDATOR_PARAM: () => 'startMonth=January' },
  },
  listTransactions: {
    asks: () => 'pageNo=1&pageSize=10',
    like: 'transactions.response',
    refuses: { VALIDATOR_PARAM: () => 'pageNo=1' },
  },
};

async function ask(operation: Operation, given: string | Record<string, unknown>, { api }: Scene): Promise<Reply> {
  if (operation.method === 'post') return api.post(operation.path, given);
  const route = `${operation.path}?${given as string}`;
  return operation.base === 'account' ? api.account(route) : api.get(route);
}

describe('each operation of the contract', () => {
  it('that the simulator serves has a sample', () => {
    expect(Object.keys(SAMPLES).toSorted()).toEqual(OPERATIONS.map(({ id }) => id).toSorted());
  });

  it.each(OPERATIONS.map((operation) => [operation.id, operation] as const))(
    '%s takes what the contract allows, and answers as it says',
    async (id, operation) => {
      const { asks, like } = SAMPLES[id] as Sample;
      await withScene(async (scene) => {
        const given = await asks(scene);
        if (operation.method === 'post') expect(Contract.load().requestError(operation, given)).toBeNull();
        const reply = await ask(operation, given, scene);
        expect([reply.status, reply.text]).toEqual([200, expect.any(String)]);
        const body: unknown = JSON.parse(reply.text);
        expect(Contract.load().responseError(operation, 200, body)).toBeNull();
        if (like !== undefined) expect({ answer: shape(body) }).toMatchObject({ answer: shape(read(like)) });
      });
    },
  );

  const refusals = OPERATIONS.flatMap((operation) =>
    Object.entries(SAMPLES[operation.id]?.refuses ?? {}).map(
      ([reason, given]) => [operation.id, reason, operation, given] as const,
    ),
  );
  it.each(refusals)('%s refuses with %s, in the shape of the contract', async (_id, reason, operation, given) => {
    await withScene(async (scene) => {
      const reply = await ask(operation, given(scene), scene);
      expect(reply.json).toMatchObject({ code: reply.status, reason });
      expect(Contract.load().responseError(operation, reply.status, reply.json)).toBeNull();
    });
  });
});
