/**
 * Makes spans by OpenTelemetry's API alone, which does nothing until start-tracing has loaded the SDK. Names and attributes are our own
 * words, ids and numbers, never text from a caller, Novita or an error.
 */
import { context, type Context, type Span, type SpanOptions, SpanStatusCode, trace } from '@opentelemetry/api';

export const tracer = trace.getTracer('novitai');

/** Runs the work in a new span. A rejection marks the span as failed. */
export const inSpan = <T>(
  name: string,
  options: SpanOptions,
  work: () => Promise<T>,
  parent: Context = context.active(),
): Promise<T> =>
  tracer.startActiveSpan(name, options, parent, async (span) => {
    try {
      return await work();
    } catch (error) {
      markFailed(span, errorTypeOf(error));
      throw error;
    } finally {
      span.end();
    }
  });

/** @param type a stable word: an error code, a status or the name of a class */
export const markFailed = (span: Span, type: string): void => {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
};

/** Not the message, which may repeat foreign text. */
const errorTypeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return '_OTHER';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
};
