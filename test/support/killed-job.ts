import { defineJob } from '../../src/jobs/job-definition.js';

/** For the test in which the worker that runs it is killed. */
export const killedJob = defineJob<{ id: string }>({
  name: 'killed',
  retries: 2,
  retryDelaySeconds: 1,
  retryDelayMaxSeconds: 1,
  // much longer than a test waits: only its missing heartbeat gives the job back
  timeoutSeconds: 36_000,
  keepFinishedSeconds: 60,
});
