/**
 * Refuses requests of foreign web pages while there are no API keys. A browser runs such pages on the operator's computer, behind
 * whatever protects it from the network (docs/adr/0011). The rules:
 *
 * - Requests are served only under known host names. A page that points its own name at this service ("DNS rebinding") is refused,
 *   since the browser sends that name.
 * - A request that changes something is refused, whatever its body, when the browser says that a page of another origin sent it.
 *
 * Pages of the origins in CORS_ORIGINS are the operator's own, and are served.
 * Programs send neither Origin nor Sec-Fetch-Site, and are served. Only headers that a page cannot set are believed; X-Forwarded-Host is
 * not.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError } from '../errors/domain-error.js';
import type { ServedHosts } from './served-hosts.js';

/** Served under every name: orchestrators probe the address of a container or pod. Probes reveal no secret and change nothing. */
const PROBES = new Set(['/health/live', '/health/ready', '/health/startup']);

const CHANGES_NOTHING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** `none`: the user typed the address or used a bookmark. `same-site` is refused: it is another port of this computer. */
const OUR_SITES: readonly unknown[] = [undefined, 'same-origin', 'none'];

/** What a request says about its origin and its target. */
export interface Source {
  /** HTTP version, such as `1.1`. */
  version: string;
  method: string;
  /** The request target as sent: a path, or a complete URL, which contains a host too. */
  target: string;
  /** The template of the route, or undefined when no route matches. */
  route: string | undefined;
  host: string | undefined;
  origin: string | undefined;
  site: string | string[] | undefined;
}

/**
 * The refusal of a request, or null. Pure.
 * @param origins those of CORS_ORIGINS
 */
export function refusalOfSource(
  source: Source,
  served: ServedHosts,
  origins: readonly string[] = [],
): DomainError | null {
  if (source.host === undefined && source.version === '1.1') return hostMissing();
  const changesNothing = CHANGES_NOTHING.has(source.method);
  const { host = '' } = source;
  const isProbe = changesNothing && PROBES.has(source.route ?? '');
  const [, named = host] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(source.target) ?? [];
  if (!isProbe && ![host, named].every((each) => served.has(each))) return unknownHost();
  if (changesNothing || isFromOurPage(source) || origins.includes(source.origin ?? '')) return null;
  return new DomainError('ORIGIN_NOT_ALLOWED', 'A browser sent this from a page of another origin.');
}

function isFromOurPage({ host = '', origin, site }: Source): boolean {
  if (!OUR_SITES.includes(site)) return false;
  return origin === undefined || isOriginOf(origin, host);
}

/**
 * Compares name and port, but not the scheme, which only the proxy in front knows. With HTTPS, browsers send Sec-Fetch-Site, which
 * distinguishes `http:` from `https:`.
 */
function isOriginOf(origin: string, host: string): boolean {
  try {
    const page = new URL(origin);
    // parsing both removes a default port from both
    return /^https?:$/.test(page.protocol) && page.host === new URL(`${page.protocol}//${host}`).host;
  } catch {
    // "null": the page has an opaque origin
    return false;
  }
}

const hostMissing = (): DomainError =>
  new DomainError('VALIDATION_ERROR', 'The request has no Host header.', {
    faults: [{ pointer: '#header/host', detail: 'is required' }],
  });

// does not repeat the name, which a foreign page chose
const unknownHost = (): DomainError =>
  new DomainError(
    'HOST_NOT_ALLOWED',
    'The service does not answer under the name in the Host header. The operator can add names to ALLOWED_HOSTS.',
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

/** Runs before everything else: middleware and guards are bound to paths, and a path can be written in many ways. */
export function guardSource(fastify: FastifyInstance, served: ServedHosts, origins: readonly string[]): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    done(refusalOfSource(sourceOf(request), served, origins) ?? undefined);
  });
}
