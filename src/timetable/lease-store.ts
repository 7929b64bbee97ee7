/** Who does what only one replica may do at a time. */
export interface LeaseStore {
  /** Takes or renews a lease for one holder among all replicas. False: another one holds it. */
  takeLease(name: string, holder: string, seconds: number): Promise<boolean>;
  /** Gives it back, if this holder has it. */
  releaseLease(name: string, holder: string): Promise<void>;
}
