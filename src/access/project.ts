import type { Limits } from '../vocabulary/limits.js';

export interface Project {
  /** `prj_<ulid>` */
  id: string;
  /** Unique. */
  name: string;
  limits: Limits;
  createdAt: Date;
  updatedAt: Date;
}
