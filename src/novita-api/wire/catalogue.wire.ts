import type { BillingMode } from '../../vocabulary/billing-mode.js';
import type { Cluster, Product, RegistryAuth, Volume } from '../novita-client.js';
import { isJsonObject, type JsonObject, readCount, readId, readLine, readList } from './read-fields.js';

const STOCKS = ['none', 'low', 'normal', 'high'] as const;

/** A GPU product, or null without an id. `monthly` is omitted: it is prepaid, and a delete does not refund it. */
export function decodeProduct(product: unknown): Product | null {
  if (!isJsonObject(product)) return null;
  const productId = readId(product.id);
  if (productId === null) return null;
  const onDemand = readPrice(product.price, product.pricePrecision);
  const spot = readPrice(product.spotPrice, product.pricePrecision);
  const methods = readList(product.billingMethods);
  const isOffered = (mode: BillingMode, price: number | null): boolean =>
    price !== null && (methods.length === 0 || methods.includes(mode));
  const billingModes: BillingMode[] = [];
  if (isOffered('onDemand', onDemand)) billingModes.push('onDemand');
  if (isOffered('spot', spot)) billingModes.push('spot');
  const stock = STOCKS.find((level) => level === product.inventoryState) ?? 'unknown';
  return {
    productId,
    name: readLine(product.name) ?? productId,
    regionNames: readList(product.regions)
      .map((region) => readLine(region))
      .filter((name) => name !== null),
    billingModes,
    available: isSoldToUs(product) && isInStock(product.availableDeploy, stock),
    stock,
    pricePerGpuHour: {
      onDemand: billingModes.includes('onDemand') ? onDemand : null,
      spot: billingModes.includes('spot') ? spot : null,
    },
    cpuPerGpu: readCount(product.cpuPerGpu),
    memoryGbPerGpu: readCount(product.memoryPerGpu),
    minRootfsGb: readCount(product.minRootFS),
    maxRootfsGb: readCount(product.maxRootFS),
  };
}

/** False for a product that this account may not buy, and for a campaign's product. Most rows say neither. */
const isSoldToUs = ({ canBuy, activityProduct }: JsonObject): boolean => canBuy !== false && activityProduct !== true;

const isInStock = (availableDeploy: unknown, stock: Product['stock']): boolean =>
  typeof availableDeploy === 'boolean' ? availableDeploy : stock !== 'none';

/** The precision of a price in 1/100000 USD. A row says its precision only where it is another. */
const USUAL_PRECISION = 10;

/**
 * In 1/100000 USD: USD = price / precision / 10000. "0" and "" mean that there is no offer, not that it is free. A fraction is rounded up.
 */
function readPrice(value: unknown, precision: unknown): number | null {
  const price = readCount(value);
  const divisor = precision === undefined ? USUAL_PRECISION : readCount(precision);
  return price && divisor ? Math.ceil((price * USUAL_PRECISION) / divisor) : null;
}

export function decodeCluster(cluster: unknown): Cluster | null {
  if (!isJsonObject(cluster)) return null;
  const clusterId = readId(cluster.id);
  return clusterId === null ? null : { clusterId, name: readLine(cluster.name) ?? clusterId };
}

/** A registry credential, without the password that Novita sends. */
export function decodeRegistryAuth(auth: unknown): RegistryAuth | null {
  if (!isJsonObject(auth)) return null;
  const registryAuthId = readId(auth.id);
  if (registryAuthId === null) return null;
  return { registryAuthId, name: readLine(auth.name) ?? '', username: readLine(auth.username, 511) ?? '' };
}

/** A network volume, or null without an id and a cluster. */
export function decodeVolume(storage: unknown): Volume | null {
  if (!isJsonObject(storage)) return null;
  const volumeId = readId(storage.storageId);
  const clusterId = readId(storage.clusterId);
  if (volumeId === null || clusterId === null) return null;
  return {
    volumeId,
    name: readLine(storage.storageName) ?? volumeId,
    sizeGb: readCount(storage.storageSize),
    clusterId,
    clusterName: readLine(storage.clusterName) ?? clusterId,
  };
}
