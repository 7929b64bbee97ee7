import { plantedIn } from './suite-mutant.js';

const EDGE = 'test/e2e/http-edge.test.ts';
const ERRORS = 'src/logging/error-serializer.test.ts';
const OUTPUT = 'src/logging/log-output.test.ts';

export const LOGGING_MUTANTS = plantedIn(
  'src/logging',
  [
    'an error is logged with all that hangs on it',
    'error-serializer.ts',
    '    type: error.name,',
    '    ...(error as object),\n    type: error.name,',
    ERRORS,
  ],
  ['causes are not logged', 'error-serializer.ts', 'depth < MAX_CAUSES', 'depth > MAX_CAUSES', ERRORS],
  ['causes are followed without end', 'error-serializer.ts', ' && depth < MAX_CAUSES', '', ERRORS],
  [
    'an endless message is logged whole',
    'error-serializer.ts',
    'error.message.slice(0, MAX_TEXT_LENGTH)',
    'error.message',
    ERRORS,
  ],
  [
    'the path of a request is logged',
    'request-log.ts',
    'route: request.routeOptions.url ?? null,',
    'route: request.url,',
    EDGE,
  ],
  ['the code of a refusal is not logged', 'request-log.ts', '...(code === null ? {} : { code }),', '', EDGE],
  [
    'headers that are logged by mistake are not censored',
    'root-logger.ts',
    "const REDACTED_FIELDS = ['headers', '*.headers', ",
    'const REDACTED_FIELDS = [',
    'src/logging/log-output.test.ts',
  ],
  [
    'a failure of the service is logged as information',
    'request-log.ts',
    'if (reply.statusCode >= 500) log.warn',
    'if (reply.statusCode > 599) log.warn',
    EDGE,
  ],
  [
    'lines do not say which request they belong to',
    'logging.module.ts',
    "customAttributeKeys: { reqId: 'requestId' },",
    '',
    EDGE,
  ],
  [
    'a fatal line is dropped when there is no room',
    'log-output.ts',
    'if (!isFatal && !this.hasRoomFor',
    'if (!this.hasRoomFor',
    OUTPUT,
  ],
  [
    'lines slip in before the gap is told',
    'log-output.ts',
    '(this.unreportedLoss === null && this.waitingBytes + bytes <= this.maxWaitingBytes)',
    'this.waitingBytes + bytes <= this.maxWaitingBytes',
    OUTPUT,
  ],
  [
    'only the largest dropped line is told in bytes',
    'log-output.ts',
    'bytes: before + bytes',
    'bytes: Math.max(before, bytes)',
    OUTPUT,
  ],
  [
    'an exit looks only once more whether its log is read',
    'log-output.ts',
    'while (this.waiting.length > 0 && performance.now() < deadlineMs)',
    'if (this.waiting.length > 0 && performance.now() < deadlineMs)',
    OUTPUT,
  ],
  [
    'a byte is lost where a line was written in part',
    'log-output.ts',
    'bytes.subarray(outcome)',
    'bytes.subarray(outcome + 1)',
    OUTPUT,
  ],
  [
    'lines are dropped one byte before the bound',
    'log-output.ts',
    'this.waitingBytes + bytes <= this.maxWaitingBytes',
    'this.waitingBytes + bytes < this.maxWaitingBytes',
    OUTPUT,
  ],
);
