import type { Cluster, Product } from '../../novita-api/novita-client.js';
import type { BillingMode } from '../../vocabulary/billing-mode.js';

/** A product in a region by a billing mode, as Novita last described it. */
export interface Offer {
  productId: string;
  productName: string;
  regionId: string;
  regionName: string;
  billingMode: BillingMode;
  /** In 1/100000 USD. */
  pricePerGpuHour: number;
  available: boolean;
  stock: Product['stock'];
  cpuPerGpu: number | null;
  memoryGbPerGpu: number | null;
  minRootfsGb: number | null;
  maxRootfsGb: number | null;
}

/** Combines products and regions. Novita names the regions of a product by cluster *name*; an empty list means every cluster. */
export const offersOf = (products: Product[], clusters: Cluster[], billingMode: BillingMode): Offer[] =>
  products.flatMap((product) => {
    const pricePerGpuHour = product.pricePerGpuHour[billingMode];
    if (pricePerGpuHour === null || !product.billingModes.includes(billingMode)) return [];
    return clustersOf(product, clusters).map(({ clusterId, name }) => ({
      productId: product.productId,
      productName: product.name,
      regionId: clusterId,
      regionName: name,
      billingMode,
      pricePerGpuHour,
      available: product.available,
      stock: product.stock,
      cpuPerGpu: product.cpuPerGpu,
      memoryGbPerGpu: product.memoryGbPerGpu,
      minRootfsGb: product.minRootfsGb,
      maxRootfsGb: product.maxRootfsGb,
    }));
  });

const clustersOf = ({ regionNames }: Product, clusters: Cluster[]): Cluster[] => {
  if (regionNames.length === 0) return clusters;
  const codes = new Set(regionNames.map(regionCode));
  return clusters.filter(({ clusterId, name }) => codes.has(regionCode(name)) || codes.has(clusterId.toLowerCase()));
};

/** Novita writes both `US-CA-06 (California)` and `US-CA-06` for the same region. */
export const regionCode = (name: string): string => name.trim().split(' ')[0]?.toLowerCase() ?? '';
