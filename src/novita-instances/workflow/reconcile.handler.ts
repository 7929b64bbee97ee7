import { Inject, Injectable } from '@nestjs/common';
import { HandlesJob, type JobContext, type JobHandler } from '../../jobs/handles-job.decorator.js';
import type { Log } from '../../logging/log.js';
import { LOG } from '../../logging/logging.module.js';
import { CLOCK, type Clock } from '../../time/clock.js';
import { Ids } from '../../time/ids.js';
import { TOLD_AFTER_TRIES, type ReconcileTrouble } from '../domain/reconcile-trouble.js';
import { INSTANCE_STORE, type InstanceStore } from '../store/instance-store.js';
import { ReconcileTroubles } from '../store/reconcile-troubles.repository.js';
import { recordOutcome } from './write-change.js';
import { RECONCILER } from './ports.js';
import { reconcileInstance } from './reconcile.job.js';
import { Reconciler } from './reconcile.js';

/**
 * Runs one pass over one instance. A pass that throws is tried again by the job queue and by the instance's own wake-up; here it is
 * counted, and told when it does not pass: to callers by `statusMessage` and an event, to operators by the log and a metric.
 */
@Injectable()
@HandlesJob(reconcileInstance)
export class ReconcileHandler implements JobHandler<{ instanceId: string }> {
  constructor(
    private readonly reconciler: Reconciler,
    private readonly troubles: ReconcileTroubles,
    @Inject(INSTANCE_STORE) private readonly store: InstanceStore,
    private readonly ids: Ids,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {}

  async handle({ instanceId }: { instanceId: string }, { signal }: JobContext): Promise<void> {
    let trouble: ReconcileTrouble | null;
    try {
      trouble = await this.reconciler.reconcile(instanceId, signal);
    } catch (error) {
      await this.failed(instanceId, error);
      throw error;
    }
    if (trouble && (await this.troubles.clear(instanceId))) await this.tell(instanceId, 'reconcile.recovered', trouble);
  }

  private async failed(instanceId: string, error: unknown): Promise<void> {
    const reference = this.ids.ulid();
    this.log.error({ err: error, instanceId, reference }, 'reconcile failed');
    try {
      const trouble = await this.troubles.record(instanceId, reference, this.clock.now());
      if (trouble?.tries === TOLD_AFTER_TRIES) await this.tell(instanceId, 'reconcile.failing', trouble);
    } catch (inner) {
      // the database is away, most likely: what failed the pass is in the log, and the pass is retried
      this.log.warn({ err: inner, instanceId, reference }, 'a failed reconcile could not be written down');
    }
  }

  private async tell(
    instanceId: string,
    type: 'reconcile.failing' | 'reconcile.recovered',
    trouble: ReconcileTrouble,
  ): Promise<void> {
    if (trouble.tries < TOLD_AFTER_TRIES) return;
    const { tries, reference } = trouble;
    await recordOutcome(this.store, { instance: { id: instanceId } }, RECONCILER, () => ({
      events: [{ type, data: { tries, reference } }],
    }));
  }
}
