/** A network volume. Times are milliseconds since 1970. */
export interface NetworkStorage {
  id: string;
  name: string;
  clusterId: string;
  /** The size over time, for the bill. `to` is null for the present size. */
  sizes: { gb: number; from: number; to: number | null }[];
  deletedAt: number | null;
}

/** In 1/100000 USD per GB and day, attached or not. */
export const STORAGE_PRICE = 200;

export function storageSize({ sizes }: NetworkStorage): number {
  return sizes.at(-1)?.gb ?? 0;
}

export function storageCostUsd({ sizes }: NetworkStorage, now: number): number {
  return sizes.reduce((sum, { gb, from, to }) => {
    const seconds = Math.ceil(((to ?? now) - from) / 1000);
    return sum + (gb * seconds * STORAGE_PRICE) / (86_400 * 100_000);
  }, 0);
}
