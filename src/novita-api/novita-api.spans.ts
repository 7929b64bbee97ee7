import { type Attributes, SpanKind, trace } from '@opentelemetry/api';
import { markFailed, tracer } from '../tracing/tracer.js';
import type { NovitaCall, NovitaOperation, OnCall } from './novita-calls.js';

const CHANGES: readonly NovitaOperation[] = ['create', 'start', 'stop', 'restart', 'migrate', 'delete'];

/**
 * Records a span for each HTTP request after it ended. The transport knows no trace, so no trace header is sent to Novita. A request that
 * was held back is an event of the active span.
 */
export function traceCalls(baseUrl: string): OnCall {
  const { hostname, port, protocol } = new URL(baseUrl);
  const server: Attributes = {
    'server.address': hostname,
    'server.port': Number(port || (protocol === 'https:' ? 443 : 80)),
  };
  return (call) => {
    const attributes = { 'novitai.novita.operation': call.operation, 'novitai.novita.outcome': call.outcome };
    if (call.outcome === 'budget' || call.outcome === 'circuit') {
      trace.getActiveSpan()?.addEvent('novita request held back', attributes);
      return;
    }
    const endedAt = Date.now();
    const span = tracer.startSpan(`novita ${call.operation}`, {
      kind: SpanKind.CLIENT,
      startTime: endedAt - call.ms,
      attributes: {
        ...server,
        ...attributes,
        'http.request.method': CHANGES.includes(call.operation) ? 'POST' : 'GET',
        ...(call.httpStatus !== null && { 'http.response.status_code': call.httpStatus }),
      },
    });
    const failure = failureOf(call);
    if (failure !== null) markFailed(span, failure);
    span.end(endedAt);
  };
}

const failureOf = ({ outcome, httpStatus }: NovitaCall): string | null => {
  if (outcome !== 'answered') return outcome;
  return httpStatus !== null && httpStatus >= 400 ? String(httpStatus) : null;
};
