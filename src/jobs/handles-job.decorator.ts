import { SetMetadata } from '@nestjs/common';
import type { JobDefinition } from './job-definition.js';

export interface JobContext {
  /** Aborted when the job runs too long, when another worker took it over, or when the process ends. */
  signal: AbortSignal;
  jobId: string;
  /** 0 on the first run. */
  retryCount: number;
}

export interface JobHandler<T extends object> {
  /** Resolves when the work is done. After a rejection the job is retried as its definition says. */
  handle(data: T, context: JobContext): Promise<void>;
}

export const HANDLED_JOB = 'novitai:handled-job';

/** Marks the handler of this kind of job. Handlers are found at boot; every definition needs exactly one. */
export const HandlesJob =
  <T extends object>(definition: JobDefinition<T>) =>
  (target: new (...dependencies: never[]) => JobHandler<T>): void => {
    SetMetadata(HANDLED_JOB, definition)(target);
  };
