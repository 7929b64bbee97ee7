import type {
  Catalogue,
  SimulatedCluster,
  SimulatedCpuProduct,
  SimulatedProduct,
  SimulatedRegistryAuth,
  SimulatedTemplate,
} from './catalogue.js';
import type { Stock } from './stock.js';
import type { Switches } from './switches.js';

type Wire = Record<string, unknown>;

const LONG_AGO = 1_767_000_000_000;

export interface ProductQuery {
  clusterId: string | undefined;
  /** 0: any number. */
  gpuNum: number;
}

/** A cluster's name as in the list of clusters. */
export function clusterName(cluster: SimulatedCluster, switches: Switches): string {
  return switches.regionNames === 'withoutPlace' ? cluster.code : `${cluster.code} (${cluster.place})`;
}

function regionName(cluster: SimulatedCluster, switches: Switches): string {
  return switches.regionNames === 'withPlace' ? clusterName(cluster, switches) : cluster.code;
}

export function clusterWire(cluster: SimulatedCluster, catalogue: Catalogue, switches: Switches): Wire {
  const here = catalogue.products.filter((product) => product.clusterIds.includes(cluster.id));
  return {
    id: cluster.id,
    name: clusterName(cluster, switches),
    availableGpuType: [...new Set(here.map((product) => product.name))],
    supportNetworkStorage: cluster.supportNetworkStorage,
    supportInstanceNetwork: false,
  };
}

/** A GPU product with its stock for the requested cluster and number of GPUs. */
export function productWire(
  product: SimulatedProduct,
  query: ProductQuery,
  catalogue: Catalogue,
  stock: Stock,
  switches: Switches,
): Wire {
  const { size, price } = numbers(switches);
  const asked =
    query.clusterId === undefined ? product.clusterIds : product.clusterIds.filter((id) => id === query.clusterId);
  const free = asked.map((clusterId) => stock.freeIn(product.id, clusterId));
  const total = free.reduce((sum, gpus) => sum + gpus, 0);
  const everywhere = product.clusterIds.length === catalogue.clusters.length;
  const regions = catalogue.clusters.filter((cluster) => product.clusterIds.includes(cluster.id));
  const monthly = product.monthlyPrice === 0 ? [] : [{ price: price(product.monthlyPrice), month: size(1) }];
  return {
    id: product.id,
    name: product.name,
    cpuPerGpu: size(product.cpuPerGpu),
    memoryPerGpu: size(product.memoryPerGpu),
    diskPerGpu: size(60),
    availableDeploy: free.some((gpus) => gpus >= Math.max(1, query.gpuNum)),
    minRootFS: size(10),
    maxRootFS: size(product.maxRootFS),
    minLocalStorage: size(0),
    maxLocalStorage: size(0),
    regions: everywhere ? [] : regions.map((cluster) => regionName(cluster, switches)),
    price: price(product.price),
    monthlyPrice: monthly,
    billingMethods: billingMethods(product),
    spotPrice: price(product.spotPrice),
    inventoryState: total === 0 ? 'none' : total <= 8 ? 'low' : total <= 64 ? 'normal' : 'high',
    ...(product.canBuy === undefined ? {} : { canBuy: product.canBuy }),
    ...(product.activityProduct === undefined ? {} : { activityProduct: product.activityProduct }),
  };
}

export function billingMethods(product: SimulatedProduct): string[] {
  return ['onDemand', ...(product.monthlyPrice === 0 ? [] : ['monthly']), ...(product.spotPrice === 0 ? [] : ['spot'])];
}

export function cpuProductWire(product: SimulatedCpuProduct, switches: Switches): Wire {
  const { size, price } = numbers(switches);
  return {
    id: product.id,
    name: product.name,
    cpuNum: size(product.cpuNum),
    memorySize: size(product.memorySize),
    rootfsSize: size(60),
    localVolumeSize: size(0),
    availableDeploy: true,
    price: price(product.price),
  };
}

export function templateWire(template: SimulatedTemplate): Wire {
  const ports = [
    { type: 'http', ports: template.http },
    { type: 'tcp', ports: template.tcp },
  ];
  return {
    Id: template.id,
    name: template.name,
    readme: template.readme,
    type: template.type ?? 'instance',
    channel: template.channel,
    image: template.image,
    imageAuth: template.imageAuthId ?? '',
    startCommand: template.startCommand,
    entrypoint: template.entrypoint ?? '',
    rootfsSize: template.rootfsSize,
    ports: ports.filter((group) => group.ports.length > 0),
    envs: template.envs,
    tools: template.jupyter ? [{ name: 'Jupyter', describe: 'JupyterLab', port: 8888, type: 'http' }] : [],
    createdAt: String(Math.floor((template.createdAt ?? LONG_AGO) / 1000)),
    recommendCards: [],
    minCudaVersion: template.minCudaVersion,
  };
}

export function registryAuthWire(auth: SimulatedRegistryAuth): Wire {
  return { ...auth };
}

function numbers(switches: Switches): Record<'size' | 'price', (value: number) => number | string> {
  const asString = (value: number) => String(value);
  const asNumber = (value: number) => value;
  switch (switches.productNumbers) {
    case 'strings':
      return { size: asString, price: asString };
    case 'numbers':
      return { size: asNumber, price: asNumber };
    case 'asSeen':
      return { size: asNumber, price: asString };
  }
}
