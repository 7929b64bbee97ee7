import { plantedIn } from './suite-mutant.js';

const SPANS = 'src/tracing/spans.test.ts';
const TRACES = 'test/e2e/traces.test.ts';

export const TRACING_MUTANTS = plantedIn(
  'src/tracing',
  [
    'a request begins a trace of its own whatever it says',
    'http.spans.ts',
    'contextFrom(request.headers.traceparent)',
    'contextFrom(undefined)',
    SPANS,
  ],
  [
    'the path is in the name of a span',
    'http.spans.ts',
    'url === undefined ? method : `${method} ${url}`',
    'url === undefined ? method : `${method} ${url}?`',
    SPANS,
  ],
  [
    'a failed request does not mark its span',
    'http.spans.ts',
    'else if (raw.statusCode >= 500) markFailed',
    'else if (raw.statusCode > 599) markFailed',
    SPANS,
  ],
  [
    'a caller who hung up is no failure',
    'http.spans.ts',
    "if (!raw.writableFinished) markFailed(span, 'aborted');",
    "if (span === null) markFailed(span, '');",
    SPANS,
  ],
  ['the message of an error is in its span', 'tracer.ts', ': error.name;', ': error.message;', SPANS],
  [
    'a span of work that throws never ends',
    'tracer.ts',
    '} finally {\n      span.end();\n    }',
    '} finally {\n      if (!span.isRecording()) span.end();\n    }',
    SPANS,
  ],
  [
    'tracing that is disabled is on',
    'start-tracing.ts',
    '!sdkDisabled && (endpoint',
    '(sdkDisabled || true) && (endpoint',
    TRACES,
  ],
  [
    'a collector that is away is told of at each export',
    'start-tracing.ts',
    'if (error !== null && !isAway) {',
    'if (error !== null) {',
    TRACES,
  ],
  [
    'that a collector is back is never told',
    'start-tracing.ts',
    "if (error === null && isAway) log.info({}, 'traces are exported again');",
    '',
    TRACES,
  ],
  [
    'free text of the caller goes on in the trace',
    'trace-parent.ts',
    'return carrier.traceparent === undefined ? {} : { traceparent: carrier.traceparent };',
    'return { ...carrier, tracestate: "x=y" } as TraceParent;',
    SPANS,
  ],
);
