/** The name that some rooms still use. */
export { StatementBatcher as Together } from './statement-batcher.js';
