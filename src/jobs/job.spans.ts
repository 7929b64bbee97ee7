import { SpanKind } from '@opentelemetry/api';
import { activeTraceParent, contextFrom, type TraceParent } from '../tracing/trace-parent.js';
import { inSpan } from '../tracing/tracer.js';
import type { ClaimedJob } from './claimed-job.js';

/** Adds the current trace, if any, to the data. For a job that is enqueued again, the last trace counts. */
export const withTrace = <T extends object>(data: T): T & TraceParent => ({ ...data, ...activeTraceParent() });

/** Traces one run of a job, as part of the trace of the request that enqueued it, or in a new trace. */
export const inJobSpan = (job: ClaimedJob, key: string | undefined, work: () => Promise<void>): Promise<void> =>
  inSpan(
    `process ${job.name}`,
    {
      kind: SpanKind.CONSUMER,
      attributes: {
        'messaging.system': 'pg-boss',
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.destination.name': job.name,
        'messaging.message.id': job.id,
        'novitai.job.retry_count': job.retryCount,
        ...(key !== undefined && { 'novitai.job.key': key }),
      },
    },
    work,
    contextFrom((job.data as TraceParent).traceparent),
  );
