import type { FastifyInstance } from 'fastify';
import { DomainError } from '../errors/domain-error.js';
import { LIMITS } from './fastify-adapter.js';

/** Refuses URLs that are too long, name inherited properties, or contain NUL, so that no route has to check. */
export function guardUrls(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    done(refusalOf(request.url, Object.keys(request.query ?? {})) ?? undefined);
  });
}

function refusalOf(url: string, queryNames: readonly string[]): DomainError | null {
  if (url.length > LIMITS.urlLength) {
    return new DomainError('URI_TOO_LONG', `The URL is longer than ${LIMITS.urlLength} characters.`);
  }
  // the whitelist of class-validator accepts inherited names, as in bodies
  const inherited = queryNames.find((name) => name in Object.prototype);
  if (inherited !== undefined) return refusal(`?${inherited}`, 'is not accepted as a name');
  const nul = /%00/.exec(url);
  return nul === null ? null : refusal(pointerAt(url, nul.index), 'must not contain a NUL character');
}

const refusal = (pointer: string, detail: string): DomainError =>
  new DomainError('VALIDATION_ERROR', `${pointer}: ${detail}`, { faults: [{ pointer, detail }] });

/** `?name` of the query parameter at this index of the URL, or `:path`. */
function pointerAt(url: string, index: number): string {
  const queryStart = url.indexOf('?');
  if (queryStart === -1 || index < queryStart) return ':path';
  const parameter =
    url
      .slice(queryStart + 1, index)
      .split('&')
      .at(-1) ?? '';
  return `?${/^[A-Za-z0-9_.-]{1,100}/.exec(parameter)?.[0] ?? ''}`;
}
