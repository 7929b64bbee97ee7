import type { NetworkStorage } from './network-storage.js';
import type { Prewarm } from './prewarm.js';

/** What the account has besides machines, templates and registry credentials. */
export interface Holdings {
  storages: NetworkStorage[];
  prewarms: Prewarm[];
}
