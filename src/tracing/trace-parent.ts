import { context, type Context, propagation, ROOT_CONTEXT } from '@opentelemetry/api';

/** W3C's `traceparent`: ids and a flag, 55 characters. Its companions `tracestate` and `baggage` are free text and stay out. */
export interface TraceParent {
  traceparent?: string;
}

/** Whose trace is to go on after a header or a stored job; the root when there is none, or a malformed one. */
export const contextFrom = (traceparent: unknown): Context =>
  typeof traceparent === 'string' ? propagation.extract(ROOT_CONTEXT, { traceparent }) : ROOT_CONTEXT;

/** The span that is active, for whoever goes on with its trace elsewhere. Empty without one. */
export const activeTraceParent = (): TraceParent => {
  const carrier: TraceParent = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent === undefined ? {} : { traceparent: carrier.traceparent };
};
