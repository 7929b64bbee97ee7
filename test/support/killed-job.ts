import { defineJob } from '../../src/jobs/job-definition.js';

/** A job for the test that kills its worker. */
export const killedJob = defineJob<{ id: string }>({
  name: 'killed',
  retries: 2,
  retryDelaySeconds: 1,
  retryDelayMaxSeconds: 1,
  // much longer than a test waits, so that only the missing heartbeat returns the job
  timeoutSeconds: 36_000,
  keepFinishedSeconds: 60,
});
