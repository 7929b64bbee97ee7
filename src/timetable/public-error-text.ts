import { DomainError } from '../errors/domain-error.js';

const codeOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' && /^[A-Z0-9_]{2,40}$/.test(error.code) ? ` (${error.code})` : '';

/**
 * Why a run failed, for everyone who may see the status. Our own sentences are shown. For errors of a driver or a library only kind and
 * code are shown, since their text may contain hosts, users and secrets; `reference` finds the error in the log.
 */
export const publicErrorText = (error: unknown, reference: string): string => {
  if (error instanceof DomainError) return error.message;
  const kind =
    error instanceof Error ? `${error.name.slice(0, 60)}${codeOf(error)}` : 'a thrown value that is not an error';
  return `The run ended with ${kind}. The log has the details under the reference ${reference}.`;
};
