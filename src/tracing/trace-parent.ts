import { context, type Context, propagation, ROOT_CONTEXT } from '@opentelemetry/api';

/** W3C's `traceparent`: ids and a flag, 55 characters. `tracestate` and `baggage` are free text, and not used. */
export interface TraceParent {
  traceparent?: string;
}

/** The context of a `traceparent` from a header or a stored job; the root context when it is missing or malformed. */
export const contextFrom = (traceparent: unknown): Context =>
  typeof traceparent === 'string' ? propagation.extract(ROOT_CONTEXT, { traceparent }) : ROOT_CONTEXT;

/** The active span, for continuing its trace elsewhere. Empty without a span. */
export const activeTraceParent = (): TraceParent => {
  const carrier: TraceParent = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent === undefined ? {} : { traceparent: carrier.traceparent };
};
