import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Contract, type ContractPlace } from './contract.js';
import { OPERATIONS } from './operations/operations.js';
import { shape } from './shape.js';
import { withNovita } from './with-novita.js';

const FOLDER = path.join(import.meta.dirname, '..', 'novita-contract', 'examples');
const FILES = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
const read = (file: string): unknown => JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8'));

/** The volume that the examples mount. */
const EXAMPLE_STORAGE = {
  id: '0d6a3b1e-5e0a-4a4c-9a0e-2f4a9c6d1b11',
  name: 'models',
  clusterId: 'us-ca-6',
  sizes: [{ gb: 50, from: 0, to: null }],
  deletedAt: null,
};

const kebab = (text: string) => text.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** operation id in kebab case → its place in the contract, for every operation of the contract */
const PLACES = new Map<string, ContractPlace>();
const paths = Contract.load().at('/paths') as Record<string, Record<string, { operationId?: string }>>;
for (const [route, methods] of Object.entries(paths)) {
  for (const method of ['get', 'post'] as const) {
    const id = methods[method]?.operationId;
    if (id !== undefined) PLACES.set(kebab(id), { path: route, method });
  }
}

/** `v1-create-instance-spot.request.json` → the place of createInstance. Names shorter than the operation id are looked up. */
function placeOf(file: string): ContractPlace {
  const [name = ''] = file.replace(/^v1-/, '').split('.');
  const short: Record<string, string> = {
    metrics: 'get-instance-metrics',
    'trans-to-monthly': 'trans-to-monthly-instance',
  };
  const candidates = [short[name] ?? name, `get-${name}`, `list-${name}`];
  const found = [...PLACES].filter(([id]) => candidates.some((each) => each === id || each.startsWith(`${id}-`)));
  const longest = found.sort(([a], [b]) => b.length - a.length)[0];
  if (longest === undefined) throw new Error(`no operation for ${file}`);
  return longest[1];
}

function errorIn(file: string): string | null {
  const contract = Contract.load();
  if (file.startsWith('error-')) return contract.schemaError('/components/schemas/Error', read(file));
  if (file.endsWith('.request.json')) return contract.requestError(placeOf(file), read(file));
  return contract.responseError(placeOf(file), 200, read(file));
}

describe('the example payloads of the contract', () => {
  it.each(FILES)('%s satisfies its schema', (file) => {
    expect(errorIn(file)).toBeNull();
  });

  it('cover every endpoint that the simulator has, but for small ones without a body to show', () => {
    const withExample = new Set(FILES.filter((file) => file.startsWith('v1-')).map((file) => placeOf(file).path));
    expect(OPERATIONS.filter((operation) => !withExample.has(operation.path)).map(({ id }) => id)).toEqual([
      'updateTemplate',
      'deleteTemplate',
      'deleteRepositoryAuth',
      'deleteNetworkStorage',
      'editImagePrewarm',
      'deleteImagePrewarm',
    ]);
  });

  it.each(FILES.filter((file) => file.startsWith('v1-create-instance') && file.endsWith('request.json')))(
    '%s is accepted by the simulator and comes back as asked',
    async (file) => {
      await withNovita({ storages: [EXAMPLE_STORAGE] }, async ({ api, novita }) => {
        const asked = read(file) as { name: string; billingMode: string };
        const reply = await api.post('/gpu/instance/create', asked);
        expect(reply.status).toBe(200);
        const [machine] = novita.machines();
        expect(reply.json).toEqual({ id: machine?.id });
        expect(machine).toMatchObject({ name: asked.name, billingMode: asked.billingMode });
      });
    },
  );

  it.each(['stop', 'start', 'restart', 'migrate', 'delete'] as const)(
    'v1-%s-instance.request.json is accepted once it names a machine that is there',
    async (action) => {
      const file = `v1-${action}-instance.request.json`;
      const example = (FILES.includes(file) ? read(file) : { instanceId: '' }) as { instanceId: string };
      await withNovita({}, async ({ api, novita }) => {
        const id = await api.create();
        await novita.advance(id, 'running');
        if (action === 'start') {
          await api.act('stop', id);
          await novita.advance(id, 'exited');
        }
        const reply = await api.post(`/gpu/instance/${action}`, { ...example, instanceId: id });
        expect(reply.status).toBe(200);
      });
    },
  );
});

describe('the simulator beside the examples', () => {
  it('shows a running machine with every field and type of the example', async () => {
    await withNovita({ storages: [EXAMPLE_STORAGE] }, async ({ api, novita }) => {
      const id = await api.create(read('v1-create-instance-spot.request.json') as Record<string, unknown>);
      await novita.advance(id, 'running');
      expect(shape((await api.look(id)).json)).toMatchObject(
        shape(read('v1-get-instance-running.response.json')) as object,
      );
      const [example] = (read('v1-list-instances.response.json') as { instances: unknown[] }).instances;
      expect(shape((await api.list())[0])).toMatchObject(shape(example) as object);
    });
  });

  it.each([
    ['/products', 'v1-list-gpu-products.response.json'],
    ['/cpu/products', 'v1-list-cpu-products.response.json'],
    ['/clusters', 'v1-list-clusters.response.json'],
    ['/templates', 'v1-list-templates.response.json'],
    ['/template?templateId=104002', 'v1-get-template.response.json'],
    ['/repository/auths', 'v1-list-repository-auths.response.json'],
  ])('answers GET %s with the fields and types of %s', async (route, file) => {
    const templates = [
      {
        id: '104002',
        name: 'comfyui',
        readme: '',
        channel: 'official' as const,
        image: 'a:1',
        startCommand: '',
        rootfsSize: 60,
        http: [8188],
        tcp: [22],
        envs: [{ key: 'A', value: 'b' }],
        jupyter: false,
        minCudaVersion: '',
      },
    ];
    await withNovita({ templates }, async ({ api }) => {
      expect(shape((await api.get(route)).json)).toMatchObject(shape(read(file)) as object);
    });
  });

  it.each([
    ['error-400-insufficient-resource.json', { productId: 'h200.24c200g' }],
    ['error-400-image-not-found.json', { imageUrl: 'missing/image:1' }],
    ['error-400-validator-param.json', { gpuNum: undefined }],
  ])('refuses exactly as %s does', async (file, body) => {
    await withNovita({}, async ({ api }) => {
      expect((await api.tryCreate(body)).json).toEqual(read(file));
    });
  });
});
