import { defineJob } from '../../jobs/job-definition.js';

/** One activation of the reconciler for one instance. Whatever it could not do, the next one does: so it needs few retries. */
export const reconcileInstance = defineJob<{ instanceId: string }>({
  name: 'reconcile-instance',
  key: ({ instanceId }) => instanceId,
  retries: 5,
  retryDelaySeconds: 1,
  retryDelayMaxSeconds: 30,
  // a create may take its whole request deadline, and comes with a few reads
  timeoutSeconds: 120,
  keepFinishedSeconds: 300,
});
