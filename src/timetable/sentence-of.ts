import { DomainError } from '../errors/domain-error.js';

const codeOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' && /^[A-Z0-9_]{2,40}$/.test(error.code) ? ` (${error.code})` : '';

/**
 * Why a run failed, for everybody who may see the status: our own sentences as they are; of what a driver or a library said only the
 * kind and the code, since the text may name hosts, users and secrets. `reference` finds the whole in the log.
 */
export const sentenceOf = (error: unknown, reference: string): string => {
  if (error instanceof DomainError) return error.message;
  const kind = error instanceof Error ? `${error.name.slice(0, 60)}${codeOf(error)}` : 'something that is no error';
  return `The run ended with ${kind}. The log has the details under the reference ${reference}.`;
};
