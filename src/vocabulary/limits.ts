/** The most that a project, or the whole service, may have. Null: no limit. */
export interface Limits {
  maxInstances: number | null;
  /** In 1/100000 USD. */
  maxPricePerHour: number | null;
}

export const UNLIMITED: Limits = { maxInstances: null, maxPricePerHour: null };

export const isLimited = ({ maxInstances, maxPricePerHour }: Limits): boolean =>
  maxInstances !== null || maxPricePerHour !== null;
