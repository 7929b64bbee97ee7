import { SetMetadata } from '@nestjs/common';
import type { JobDefinition } from './job-definition.js';

export interface JobContext {
  /** Aborted when the job runs too long, when another worker has it now, or when the process leaves. */
  signal: AbortSignal;
  jobId: string;
  /** 0 on the first run. */
  retryCount: number;
}

export interface JobHandler<T extends object> {
  /** Resolves when the work is done. A rejection means that it is tried again as the definition says. */
  handle(data: T, context: JobContext): Promise<void>;
}

export const HANDLED_JOB = 'novitai:handled-job';

/** Marks the provider that does this kind of job. It is found at boot; every definition needs exactly one. */
export const HandlesJob =
  <T extends object>(definition: JobDefinition<T>) =>
  (target: new (...dependencies: never[]) => JobHandler<T>): void => {
    SetMetadata(HANDLED_JOB, definition)(target);
  };
