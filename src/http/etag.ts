import { DomainError } from '../errors/domain-error.js';

/** The entity tag of a version. It is strong, since each stored change makes a new version. */
export const etagOf = (version: number): string => `"${version}"`;

/**
 * Refuses a change that was decided on an older version. Without a header there is no condition.
 * Strong comparison, as RFC 9110 section 13.1.1 demands: `*` and any tag of the list may match, a weak tag (`W/"3"`) never does.
 * @throws DomainError PRECONDITION_FAILED
 */
export function assertIfMatch(ifMatch: string | undefined, version: number): void {
  if (ifMatch === undefined) return;
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  if (tags.includes('*') || tags.includes(etagOf(version))) return;
  throw new DomainError('PRECONDITION_FAILED', `The current version is ${etagOf(version)}.`);
}
