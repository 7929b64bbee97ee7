import type { SimulatedProduct } from './catalogue.js';

/** The size of the largest node: no create can have more GPUs. */
export const GPUS_PER_NODE = 8;

/** Free GPUs by product and cluster. A machine uses its GPUs from create or start until it exits or is removed. */
export class Stock {
  private readonly free = new Map<string, Map<string, number>>();

  constructor(products: SimulatedProduct[]) {
    for (const product of products) {
      this.free.set(product.id, new Map(product.clusterIds.map((clusterId) => [clusterId, product.stock])));
    }
  }

  freeIn(productId: string, clusterId: string): number {
    return this.free.get(productId)?.get(clusterId) ?? 0;
  }

  /** Sets the free GPUs of a product, in one cluster or in all that have it. Throws when the pair does not exist. */
  set(productId: string, clusterId: string | undefined, gpus: number): void {
    const clusters = this.free.get(productId);
    if (clusters === undefined || (clusterId !== undefined && !clusters.has(clusterId))) {
      throw new Error(`no product ${productId} in ${clusterId ?? 'any cluster'}`);
    }
    for (const id of clusterId === undefined ? [...clusters.keys()] : [clusterId]) clusters.set(id, gpus);
  }

  /** Takes GPUs in the given cluster, or in the one with most free GPUs. Null when there are not enough. */
  take(productId: string, clusterId: string | undefined, gpus: number): string | null {
    const clusters = this.free.get(productId) ?? new Map<string, number>();
    const candidates = [...clusters].filter(
      ([id, free]) => free >= gpus && (clusterId === undefined || id === clusterId),
    );
    const best = candidates.sort(([, a], [, b]) => b - a)[0];
    if (best === undefined) return null;
    clusters.set(best[0], best[1] - gpus);
    return best[0];
  }

  release(productId: string, clusterId: string, gpus: number): void {
    this.free.get(productId)?.set(clusterId, this.freeIn(productId, clusterId) + gpus);
  }

  toJSON(): Record<string, Record<string, number>> {
    return Object.fromEntries([...this.free].map(([id, clusters]) => [id, Object.fromEntries(clusters)]));
  }

  restore(saved: Record<string, Record<string, number>>): void {
    for (const [productId, clusters] of Object.entries(saved)) {
      for (const [clusterId, gpus] of Object.entries(clusters)) this.free.get(productId)?.set(clusterId, gpus);
    }
  }
}
