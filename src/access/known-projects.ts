import { LRUCache } from 'lru-cache';
import type { Projects } from './projects.js';

const FRESH_MS = 5_000;
/** An id has thirty bytes, and a name a hundred at most. */
const BYTES_OF_ONE = 200;
const MAX_BYTES = 1_000 * BYTES_OF_ONE;

/** The ids of projects that tokens name, so that a token costs no statement. A changed name is known after five seconds. */
export class KnownProjects {
  private readonly found: LRUCache<string, { id: string | null }>;

  constructor(projects: Pick<Projects, 'find'>) {
    this.found = new LRUCache({
      maxSize: MAX_BYTES,
      sizeCalculation: () => BYTES_OF_ONE,
      ttl: FRESH_MS,
      fetchMethod: async (idOrName: string) => ({ id: (await projects.find(idOrName))?.id ?? null }),
    });
  }

  /** Null: there is no such project. */
  async idOf(idOrName: string): Promise<string | null> {
    return (await this.found.fetch(idOrName))?.id ?? null;
  }
}
