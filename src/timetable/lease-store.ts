/** Stores leases: which replica may do a duty that only one may do at a time. */
export interface LeaseStore {
  /** Takes or renews a lease. False: another replica holds it. */
  takeLease(name: string, holder: string, seconds: number): Promise<boolean>;
  /** Releases the lease if this holder has it. */
  releaseLease(name: string, holder: string): Promise<void>;
}
