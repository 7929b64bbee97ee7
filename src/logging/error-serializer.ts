/** Longer texts are cut, since log shippers limit the length of lines. */
const MAX_TEXT_LENGTH = 2_048;
const MAX_STACK_LENGTH = 8_192;
const MAX_CAUSES = 4;

export interface LoggedError {
  type: string;
  message: string;
  code?: string;
  stack?: string;
  cause?: LoggedError;
}

/**
 * Serialises an error by an allow-list of fields. Errors of HTTP clients contain whole requests with credentials, in properties that a list
 * of forbidden names would miss.
 */
export function serializeError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'a value that is not an error was thrown' };
  const code = 'code' in error && ['string', 'number'].includes(typeof error.code) ? String(error.code) : undefined;
  return {
    type: error.name,
    message: error.message.slice(0, MAX_TEXT_LENGTH),
    ...(code === undefined ? {} : { code }),
    ...(error.stack === undefined ? {} : { stack: error.stack.slice(0, MAX_STACK_LENGTH) }),
    ...(error.cause instanceof Error && depth < MAX_CAUSES ? { cause: serializeError(error.cause, depth + 1) } : {}),
  };
}
