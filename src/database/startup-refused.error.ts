/**
 * The database cannot be used as it is, and starting anyway could do harm. The message is a whole sentence for the
 * operator: what is wrong and what to do. Show it without a stack.
 */
export class StartupRefusedError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StartupRefusedError';
  }
}
