import { SpanKind } from '@opentelemetry/api';
import { activeTraceParent, contextFrom, type TraceParent } from '../tracing/trace-parent.js';
import { inSpan } from '../tracing/tracer.js';
import type { ClaimedJob } from './claimed-job.js';

/** The data with the trace of whoever asks for the job, if there is one. A job that is asked for again tells the last. */
export const withTrace = <T extends object>(data: T): T & TraceParent => ({ ...data, ...activeTraceParent() });

/** One run of a job: goes on with the trace of the request that asked for it; a timer's begins one. */
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
