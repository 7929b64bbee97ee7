import { trace } from '@opentelemetry/api';
import { pino, type DestinationStream, type Logger } from 'pino';
import type { LoggingConfig } from '../config/config.js';
import { serializeError } from './error-serializer.js';
import { standardOutput } from './log-output.js';

/** Which span a line belongs to; nothing while tracing is off. */
const traceIds = (): Record<string, string> => {
  const span = trace.getActiveSpan()?.spanContext();
  return span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
};

/** Where credentials would be if somebody logged such an object after all: the second net, not the first. */
const NEVER = ['headers', '*.headers', 'config', '*.config', 'password', '*.password', 'apiKey', '*.apiKey'];

/**
 * The process's logger: one JSON object a line, to standard output unless told otherwise. A line is written at once, so that
 * the last lines before an exit are not lost, and never waited for (see log-output).
 */
export const createRootLogger = ({ level }: LoggingConfig, destination?: DestinationStream): Logger =>
  pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: traceIds,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error: unknown) => serializeError(error), req: () => undefined, res: () => undefined },
      redact: { paths: NEVER, censor: '[redacted]' },
    },
    destination ?? standardOutput(),
  );
