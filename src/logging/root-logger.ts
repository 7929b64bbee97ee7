import { trace } from '@opentelemetry/api';
import { pino, type DestinationStream, type Logger } from 'pino';
import type { LoggingConfig } from '../config/config.js';
import { serializeError } from './error-serializer.js';
import { standardOutput } from './log-output.js';

/** The trace and span of a line; empty while tracing is off. */
const traceIds = (): Record<string, string> => {
  const span = trace.getActiveSpan()?.spanContext();
  return span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
};

/** Fields that may hold credentials. A second line of defence: such objects should not be logged. */
const REDACTED_FIELDS = ['headers', '*.headers', 'config', '*.config', 'password', '*.password', 'apiKey', '*.apiKey'];

/**
 * The logger of the process: one JSON object a line, by default to standard output. Lines are written at once, so that the last lines
 * before an exit are not lost, and without waiting for the reader (see log-output).
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
      redact: { paths: REDACTED_FIELDS, censor: '[redacted]' },
    },
    destination ?? standardOutput(),
  );
