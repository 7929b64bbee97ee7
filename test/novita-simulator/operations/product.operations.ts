import { ok, type Answer } from '../answer.js';
import { billingMethods, clusterWire, cpuProductWire, productWire } from '../catalogue.wire.js';
import type { World } from '../world.js';
import { contains, get, whole, type ApiRequest, type Operation } from './operation.js';

export const PRODUCT_OPERATIONS: readonly Operation[] = [
  get('listGpuProducts', '/products', listGpuProducts),
  get('listCpuProducts', '/cpu/products', ({ catalogue, switches }, { query }) => {
    const named = catalogue.cpuProducts.filter((product) => contains(product.name, query.get('productName')));
    return ok({ data: named.map((product) => cpuProductWire(product, switches)) });
  }),
  get('listClusters', '/clusters', ({ catalogue, switches }) =>
    ok({ data: catalogue.clusters.map((cluster) => clusterWire(cluster, catalogue, switches)) }),
  ),
];

/** The parameter `available` changes nothing: by one client's account Novita may ignore it. */
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
