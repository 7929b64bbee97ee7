/**
 * The service cannot start, or starting could do harm. The message tells the operator what is wrong and what to do. Show it without a
 * stack.
 */
export class StartupRefusedError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StartupRefusedError';
  }
}
