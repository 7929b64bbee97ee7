import type { PriceUnits } from '../money/price.js';

/** The most that a project may have. Null: no limit. */
export interface Limits {
  maxInstances: number | null;
  /** In 1/100000 USD. */
  maxPricePerHour: PriceUnits | null;
}

export interface Project {
  /** `prj_<ulid>` */
  id: string;
  /** Unique. */
  name: string;
  limits: Limits;
  createdAt: Date;
  updatedAt: Date;
}

export const isLimited = ({ maxInstances, maxPricePerHour }: Limits): boolean =>
  maxInstances !== null || maxPricePerHour !== null;

export const UNLIMITED: Limits = { maxInstances: null, maxPricePerHour: null };
