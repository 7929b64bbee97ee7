import { ok, type Answer } from './answer.js';
import {
  billingMethods,
  clusterWire,
  cpuProductWire,
  productWire,
  registryAuthWire,
  templateWire,
} from './catalogue.wire.js';
import { Contract, type ContractPlace } from './contract.js';
import { readCreateBody } from './create-body.js';
import { instanceDetail, instanceSummary } from './instance.wire.js';
import type { Action } from './lifecycle.js';
import type { FaultSpec } from './faults.js';
import { Refusal } from './refusal.js';
import type { RequestKind } from './request-log.js';
import { isGone, knownMachine, refuseBeyondAccount, wireContext, type World } from './world.js';

export interface ApiRequest {
  query: URLSearchParams;
  body: unknown;
  /** The parts of a fault that change the answer of the operation itself (`listLag`, `hide`). */
  fault: FaultSpec | null;
}

/** One endpoint of the contract. `act` answers at once; its effects follow later. It throws a {@link Refusal}. */
export interface Operation extends ContractPlace {
  id: string;
  kind: RequestKind;
  act: (world: World, request: ApiRequest) => Answer;
}

const DEFAULT_PAGE_SIZE = 10;

const get = (id: string, path: string, act: Operation['act']): Operation => ({
  id,
  path,
  method: 'get',
  kind: 'read',
  act,
});
const action = (id: string, kind: RequestKind, act: Operation['act']): Operation => ({
  id: `${id}Instance`,
  path: `/gpu/instance/${id}`,
  method: 'post',
  kind,
  act,
});

/** Every endpoint of the simulator. Other endpoints of the contract are answered as unknown routes. */
export const OPERATIONS: readonly Operation[] = [
  action('create', 'create', createInstance),
  action('start', 'other', (world, request) => act(world, request, 'start')),
  action('stop', 'release', (world, request) => act(world, request, 'stop')),
  action('restart', 'other', (world, request) => act(world, request, 'restart')),
  action('migrate', 'other', (world, request) => {
    world.fleet.act(knownMachine(world, instanceIdOf(request)), 'migrate');
    return ok({});
  }),
  action('delete', 'release', deleteInstance),
  get('getInstance', '/gpu/instance', getInstance),
  get('listInstances', '/gpu/instances', listInstances),
  get('listGpuProducts', '/products', listGpuProducts),
  get('listCpuProducts', '/cpu/products', ({ catalogue, switches }, { query }) => {
    const named = catalogue.cpuProducts.filter((product) => contains(product.name, query.get('productName')));
    return ok({ data: named.map((product) => cpuProductWire(product, switches)) });
  }),
  get('listClusters', '/clusters', ({ catalogue, switches }) =>
    ok({ data: catalogue.clusters.map((cluster) => clusterWire(cluster, catalogue, switches)) }),
  ),
  get('listTemplates', '/templates', listTemplates),
  get('getTemplate', '/template', ({ catalogue }, { query }) => {
    const found = catalogue.templates.find((template) => template.id === query.get('templateId'));
    if (found === undefined) throw new Refusal(400, 'TEMPLATE_NOT_FOUND', 'template not found');
    return ok({ template: templateWire(found) });
  }),
  get('listRepositoryAuths', '/repository/auths', ({ catalogue }) =>
    ok({ data: catalogue.registryAuths.map(registryAuthWire) }),
  ),
];

export function findOperation(method: string, path: string): Operation | undefined {
  return OPERATIONS.find((operation) => operation.path === path && operation.method === method.toLowerCase());
}

const CREATE = '/components/schemas/CreateInstanceRequest';

function createInstance(world: World, { body }: ApiRequest): Answer {
  const request = readCreateBody(body, world.catalogue, (given) => Contract.load().schemaError(CREATE, given));
  refuseBeyondAccount(world, request);
  return ok({ id: world.fleet.create(request).id });
}

function act(world: World, request: ApiRequest, what: Action): Answer {
  const machine = knownMachine(world, instanceIdOf(request));
  world.fleet.act(machine, what);
  switch (world.switches.actionBody) {
    case 'instanceAndState':
      return ok({ instanceId: machine.id, state: machine.status });
    case 'emptyObject':
      return ok({});
    case 'noBody':
      return { status: 200, deliberate: true };
  }
}

function deleteInstance(world: World, request: ApiRequest): Answer {
  world.fleet.delete(knownMachine(world, instanceIdOf(request)));
  return world.switches.actionBody === 'noBody' ? { status: 200, deliberate: true } : ok({});
}

function getInstance(world: World, { query }: ApiRequest): Answer {
  const instanceId = query.get('instanceId') ?? '';
  if (instanceId === '') throw new Refusal(400, 'VALIDATOR_PARAM', 'invalid parameter: instanceId is required');
  const machine = knownMachine(world, instanceId);
  if (machine.status === 'removed') machine.deleteConfirmedAt ??= world.clock.now();
  const detail = instanceDetail(machine, wireContext(world, machine));
  return world.switches.instanceWrapping === 'bare'
    ? ok(detail)
    : { status: 200, body: { instance: detail }, deliberate: true };
}

function listInstances(world: World, { query, fault }: ApiRequest): Answer {
  const now = world.clock.now();
  const status = query.get('status') ?? '';
  const visible = [...world.fleet.machines.values()].filter(
    (machine) =>
      !isGone(machine, now) &&
      now - machine.createdAt >= (fault?.listLag ?? 0) &&
      !(fault?.hide ?? []).includes(machine.id) &&
      contains(machine.name, query.get('name')) &&
      contains(machine.productName, query.get('productName')) &&
      (status === '' || machine.status === status),
  );
  if (world.fleet.machines.size === 0 && world.switches.emptyList === '400') {
    throw new Refusal(400, 'RESOURCE_NOT_FOUND', 'container not found');
  }
  const ordered = world.switches.listOrder === 'random' ? shuffled(visible, world) : visible.reverse();
  const { page, ...echo } = pageOf(ordered, query, world);
  for (const machine of page) if (machine.status === 'removed') machine.deleteConfirmedAt ??= now;
  return ok({ instances: page.map((machine) => instanceSummary(machine, wireContext(world, machine))), ...echo });
}

function listGpuProducts({ catalogue, stock, switches }: World, { query }: ApiRequest): Answer {
  const billingMethod = query.get('billingMethod') ?? '';
  const clusterId = query.get('clusterId') ?? '';
  const gpuNum = whole(query, 'gpuNum', 0);
  const found = catalogue.products.filter(
    (product) =>
      contains(product.name, query.get('productName')) &&
      billingMethods(product).includes(billingMethod === '' ? 'onDemand' : billingMethod) &&
      (clusterId === '' || product.clusterIds.includes(clusterId)) &&
      product.cpuPerGpu >= whole(query, 'minCpuPerGpu', 0) &&
      product.memoryPerGpu >= whole(query, 'minMemoryPerGpu', 0) &&
      product.maxRootFS >= whole(query, 'minRootFSSize', 0),
  );
  const asked = { clusterId: clusterId === '' ? undefined : clusterId, gpuNum };
  return ok({ data: found.map((product) => productWire(product, asked, catalogue, stock, switches)) });
}

function listTemplates(world: World, { query }: ApiRequest): Answer {
  const channels = (query.get('channel') ?? '').split(',').filter((channel) => channel !== '');
  const found = world.catalogue.templates.filter(
    (template) =>
      contains(template.name, query.get('name')) &&
      (channels.length === 0 || channels.includes(template.channel)) &&
      query.get('type') !== 'serverless',
  );
  const { page, ...echo } = pageOf(found, query, world);
  return ok({ template: page.map(templateWire), ...echo });
}

/** The requested page and the total, according to the switches. `pageNum` 0 is always the first page. */
function pageOf<T>(all: T[], query: URLSearchParams, { switches }: World): { page: T[]; total?: number | string } {
  const asked = whole(query, 'pageSize', 0);
  const size = Math.min(asked === 0 ? DEFAULT_PAGE_SIZE : asked, switches.maxPageSize);
  const index = Math.max(0, whole(query, 'pageNum', switches.pageBase) - switches.pageBase);
  const page = all.slice(index * size, (index + 1) * size);
  if (switches.total === 'absent') return { page };
  return { page, total: switches.total === 'number' ? all.length : String(all.length) };
}

function shuffled<T>(all: T[], { orders }: World): T[] {
  return all
    .map((each) => ({ each, place: orders.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ each }) => each);
}

function instanceIdOf({ body }: ApiRequest): string {
  const id = typeof body === 'object' && body !== null && 'instanceId' in body ? body.instanceId : undefined;
  if (typeof id === 'string' && id !== '' && id.length <= 255) return id;
  throw new Refusal(400, 'VALIDATOR_PARAM', 'invalid parameter: instanceId is required');
}

function whole(query: URLSearchParams, name: string, fallback: number): number {
  const text = query.get(name);
  if (text === null || text === '') return fallback;
  if (!/^\d{1,9}$/.test(text))
    throw new Refusal(400, 'VALIDATOR_PARAM', `invalid parameter: ${name} must be a whole number`);
  return Number(text);
}

function contains(text: string, part: string | null): boolean {
  return part === null || text.toLowerCase().includes(part.toLowerCase());
}
