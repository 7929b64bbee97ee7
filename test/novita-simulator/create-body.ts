import type { Catalogue } from './catalogue.js';
import type { Holdings } from './holdings.js';
import type { MachineRequest, PortRequest, SimulatedBillingMode } from './machine.js';
import { Refusal } from './refusal.js';
import { GPUS_PER_NODE } from './stock.js';

/** The body of a create, after its shape was checked against the contract. */
interface CreateBody {
  name?: string;
  productId: string;
  kind: 'gpu' | 'cpu';
  gpuNum?: number;
  rootfsSize?: number;
  imageUrl: string;
  imageAuth?: string;
  imageAuthId?: string;
  ports?: string;
  envs?: { key?: string; value?: string }[];
  tools?: { name?: string; port?: string; type?: 'http' | 'tcp' }[];
  command?: string;
  entrypoint?: string;
  clusterId?: string;
  networkStorages?: { Id?: string; mountPoint?: string }[];
  month?: number;
  billingMode?: SimulatedBillingMode;
}

const MAX_PORTS = 15;
const RESERVED_PORTS = [2222, 2223, 2224];
const SMALLEST_ROOTFS_GB = 10;

const invalid = (what: string) => new Refusal(400, 'VALIDATOR_PARAM', `invalid parameter: ${what}`);

/**
 * Reads the body of a create as Novita does: first its shape (`shapeError` is what is wrong, or null), then what a schema cannot express.
 * Throws a {@link Refusal}. A root disk below 10 GB is raised, not refused. Without `kind` it is gpu. `month` overrides `billingMode`.
 */
export function readCreateBody(
  given: unknown,
  { catalogue, holdings }: { catalogue: Catalogue; holdings: Holdings },
  shapeError: (body: unknown) => string | null,
): MachineRequest {
  const completed = complete(given);
  const wrong = shapeError(completed);
  if (wrong !== null) throw invalid(wrong);
  const body = completed as CreateBody;
  const billingMode = (body.month ?? 0) > 0 ? 'monthly' : (body.billingMode ?? 'onDemand');
  refuseImage(body, catalogue);
  const networkStorages = mountsOf(body.networkStorages ?? [], holdings, body.clusterId || undefined);
  const storageCluster = holdings.storages.find(({ id }) => id === networkStorages[0]?.id)?.clusterId;
  const clusterId = body.clusterId || storageCluster;
  if (clusterId !== undefined && !catalogue.clusters.some((cluster) => cluster.id === clusterId)) {
    throw invalid(`clusterId ${clusterId} does not exist`);
  }
  const hardware =
    body.kind === 'cpu'
      ? cpuHardware(body, catalogue, clusterId)
      : gpuHardware(body, billingMode, catalogue, clusterId);
  const jupyter = body.tools?.find((tool) => tool.name === 'Jupyter');
  return {
    name: body.name ?? '',
    kind: body.kind,
    productId: body.productId,
    billingMode,
    months: body.month ?? 0,
    imageUrl: body.imageUrl,
    imageAuthId: body.imageAuthId ?? '',
    command: body.command ?? '',
    entrypoint: body.entrypoint ?? '',
    envs: (body.envs ?? []).map(({ key, value }) => ({ key: key ?? '', value: value ?? '' })),
    ports: readPorts(body),
    jupyterPort: jupyter === undefined ? null : Number(jupyter.port ?? '8888'),
    networkStorages,
    ...hardware,
  };
}

function complete(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  const body: Record<string, unknown> = { kind: 'gpu', ...given };
  if (typeof body.rootfsSize === 'number' && body.rootfsSize < SMALLEST_ROOTFS_GB) body.rootfsSize = SMALLEST_ROOTFS_GB;
  if (body.billingMode === '') delete body.billingMode;
  return body;
}

/** Volumes that exist, all in one cluster: the requested one, if there is one. */
export function mountsOf(
  mounts: readonly { Id?: string; mountPoint?: string }[],
  { storages }: Holdings,
  clusterId: string | undefined,
): MachineRequest['networkStorages'] {
  const found = mounts.map(({ Id, mountPoint }) => {
    const storage = storages.find(({ id, deletedAt }) => id === Id && deletedAt === null);
    if (storage === undefined) throw new Refusal(400, 'NETWORK_STORAGE_NOT_FOUND', 'network storage not found');
    return { storage, mountPath: mountPoint ?? '/network' };
  });
  const needed = clusterId ?? found[0]?.storage.clusterId;
  if (found.some(({ storage }) => storage.clusterId !== needed)) {
    throw new Refusal(400, 'NETWORK_STORAGE_UNAVAILABLE', 'the network storage is in another cluster');
  }
  return found.map(({ storage, mountPath }) => ({ id: storage.id, mountPath }));
}

export function refuseImage(body: Pick<CreateBody, 'imageUrl' | 'imageAuthId'>, catalogue: Catalogue): void {
  if (body.imageUrl.startsWith('missing/')) throw new Refusal(400, 'IMAGE_NOT_FOUND', 'image not found');
  const authId = body.imageAuthId ?? '';
  if (authId !== '' && !catalogue.registryAuths.some((auth) => auth.id === authId)) {
    throw new Refusal(400, 'IMAGE_URL_OR_AUTH_ERROR', 'image url or auth error');
  }
}

type Hardware = Pick<
  MachineRequest,
  'productName' | 'clusterId' | 'gpuNum' | 'cpuNum' | 'memoryGb' | 'rootfsSize' | 'pricePerGpuHour' | 'pricePerGpuMonth'
>;

function gpuHardware(
  body: CreateBody,
  mode: SimulatedBillingMode,
  catalogue: Catalogue,
  clusterId: string | undefined,
): Hardware {
  const product = catalogue.products.find((each) => each.id === body.productId);
  if (product === undefined) throw invalid(`productId ${body.productId} does not exist`);
  if (product.canBuy === false) throw new Refusal(400, 'NO_PERMISSION', 'the product is not for this account');
  const { gpuNum, rootfsSize } = body;
  if (gpuNum === undefined || gpuNum < 1 || gpuNum > GPUS_PER_NODE) throw invalid('gpuNum must be between 1 and 8');
  if (rootfsSize === undefined) throw invalid('rootfsSize is required');
  if (rootfsSize > product.maxRootFS) throw invalid(`rootfsSize must be at most ${product.maxRootFS}`);
  const price = {
    onDemand: product.price,
    spot: product.spotPrice,
    monthly: product.monthlyPrice === 0 ? 0 : product.price,
  }[mode];
  if (price === 0) throw new Refusal(400, 'UNSUPPORTED_BILLING_MODE', 'the product does not support this billing mode');
  return {
    productName: product.name,
    clusterId,
    gpuNum,
    cpuNum: product.cpuPerGpu * gpuNum,
    memoryGb: product.memoryPerGpu * gpuNum,
    rootfsSize,
    pricePerGpuHour: price,
    pricePerGpuMonth: mode === 'monthly' ? product.monthlyPrice : 0,
  };
}

function cpuHardware(body: CreateBody, catalogue: Catalogue, clusterId: string | undefined): Hardware {
  const product = catalogue.cpuProducts.find((each) => each.id === body.productId);
  if (product === undefined) throw invalid(`productId ${body.productId} does not exist`);
  return {
    productName: product.name,
    clusterId: clusterId ?? catalogue.clusters[0]?.id,
    gpuNum: 0,
    cpuNum: product.cpuNum,
    memoryGb: product.memorySize,
    rootfsSize: body.rootfsSize ?? 60,
    pricePerGpuHour: product.price,
    pricePerGpuMonth: 0,
  };
}

/** `"8188/http, 22/tcp"`, plus the ports of tools that are not in the list. */
function readPorts(body: CreateBody): PortRequest[] {
  const listed = (body.ports ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const ports = listed.map((part): PortRequest => {
    const [, port, type] = /^(\d{1,5})\/(http|tcp)$/.exec(part) ?? [];
    if (port === undefined || type === undefined) throw invalid(`ports: ${part} is not port/type`);
    return { port: Number(port), type: type as PortRequest['type'] };
  });
  for (const tool of body.tools ?? []) {
    const port = Number(tool.port ?? '8888');
    if (!ports.some((each) => each.port === port)) ports.push({ port, type: tool.type ?? 'http' });
  }
  expectPorts(ports);
  return ports;
}

/** Throws a {@link Refusal} for ports that a machine cannot have. */
export function expectPorts(ports: readonly PortRequest[]): void {
  for (const { port } of ports) {
    if (!(port >= 1 && port <= 65_535) || RESERVED_PORTS.includes(port)) throw invalid(`ports: ${port} is not allowed`);
  }
  if (new Set(ports.map(({ port }) => port)).size < ports.length) throw invalid('ports: a port is named twice');
  if (ports.length > MAX_PORTS) throw invalid(`ports: at most ${MAX_PORTS}`);
}
