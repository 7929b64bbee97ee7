/**
 * Whose requests are refused while there are no API keys. A browser runs pages of strangers on the operator's own computer, and so
 * inside of whatever keeps the network out (docs/adr/0011). Promises:
 *
 * - Requests are served only under names of ours. A stranger's name that is made to lead here ("DNS rebinding") gives the
 *   stranger's page nothing, since the browser sends the name.
 * - What changes something is refused when a browser says that a page of another origin sent it, whatever its body is.
 *
 * Programs send neither Origin nor Sec-Fetch-Site, and are served. Only headers that a page cannot set are believed: never
 * X-Forwarded-Host.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError } from '../errors/domain-error.js';
import type { ServedHosts } from './served-hosts.js';

/** They ask by the address of a container or pod. Their answers hold no secret, and nothing is changed. */
const PROBES = new Set(['/health/live', '/health/ready', '/health/startup']);

const CHANGES_NOTHING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** `none`: a person typed the address or used a bookmark. `same-site` is another port of this computer, and foreign. */
const OUR_SITES: readonly unknown[] = [undefined, 'same-origin', 'none'];

/** What a request says of where it comes from and where it wants to go. */
export interface Source {
  /** Of HTTP, such as `1.1`. */
  version: string;
  method: string;
  /** As it was sent: a path, or the whole URL, which names a host too. */
  target: string;
  /** The template of the route; undefined when there is none. */
  route: string | undefined;
  host: string | undefined;
  origin: string | undefined;
  site: string | string[] | undefined;
}

/** Pure. */
export function refusalOfSource(source: Source, served: ServedHosts): DomainError | null {
  if (source.host === undefined && source.version === '1.1') return hostMissing();
  const changesNothing = CHANGES_NOTHING.has(source.method);
  const { host = '' } = source;
  const isProbe = changesNothing && PROBES.has(source.route ?? '');
  const [, named = host] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(source.target) ?? [];
  if (!isProbe && ![host, named].every((each) => served.has(each))) return unknownHost();
  if (changesNothing || isFromOurPage(source)) return null;
  return new DomainError('ORIGIN_NOT_ALLOWED', 'A browser sent this from a page of another origin.');
}

function isFromOurPage({ host = '', origin, site }: Source): boolean {
  if (!OUR_SITES.includes(site)) return false;
  return origin === undefined || isOriginOf(origin, host);
}

/**
 * By name and port. Not by scheme, which only the proxy in front knows: where HTTPS is spoken, browsers send Sec-Fetch-Site, and
 * that tells `http:` from `https:`.
 */
function isOriginOf(origin: string, host: string): boolean {
  try {
    const page = new URL(origin);
    // the other URL is parsed too, so that a port that is the scheme's own is left out of both
    return /^https?:$/.test(page.protocol) && page.host === new URL(`${page.protocol}//${host}`).host;
  } catch {
    // "null", of a page that tells nobody what it is
    return false;
  }
}

const hostMissing = (): DomainError =>
  new DomainError('VALIDATION_ERROR', 'The request has no Host header.', {
    faults: [{ pointer: '#header/host', detail: 'is required' }],
  });

// the name is not repeated: it is the stranger's
const unknownHost = (): DomainError =>
  new DomainError(
    'HOST_NOT_ALLOWED',
    'The service does not answer under the name in the Host header. Its operator lists further names in ALLOWED_HOSTS.',
    { faults: [{ pointer: '#header/host', detail: 'must be localhost, 127.0.0.1, [::1] or a name in ALLOWED_HOSTS' }] },
  );

export const sourceOf = ({ raw, routeOptions }: FastifyRequest): Source => ({
  version: raw.httpVersion,
  method: raw.method ?? '',
  target: raw.url ?? '',
  route: routeOptions.url,
  host: raw.headers.host,
  origin: raw.headers.origin,
  site: raw.headers['sec-fetch-site'],
});

/** Before anything that looks at a request: middleware and guards are bound to paths, and a path can be written in many ways. */
export function guardSource(fastify: FastifyInstance, served: ServedHosts): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    done(refusalOfSource(sourceOf(request), served) ?? undefined);
  });
}
