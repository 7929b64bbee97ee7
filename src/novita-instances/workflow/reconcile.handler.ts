import { Injectable } from '@nestjs/common';
import { HandlesJob, type JobContext, type JobHandler } from '../../jobs/handles-job.decorator.js';
import { reconcileInstance } from './reconcile.job.js';
import { Reconciler } from './reconcile.js';

@Injectable()
@HandlesJob(reconcileInstance)
export class ReconcileHandler implements JobHandler<{ instanceId: string }> {
  constructor(private readonly reconciler: Reconciler) {}

  handle({ instanceId }: { instanceId: string }, { signal }: JobContext): Promise<void> {
    return this.reconciler.reconcile(instanceId, signal);
  }
}
