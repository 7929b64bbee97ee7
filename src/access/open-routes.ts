import type { FastifyRequest } from 'fastify';
import type { OpenRoute } from '../vocabulary/open-route.js';

/** Answered without a key. Probes tell nothing but yes or no. */
const ALWAYS = /^\/health\/(live|ready|startup)$/;

/** Answered without a key when OPEN_ROUTES names them. */
const BY_SETTING: Readonly<Record<OpenRoute, RegExp>> = {
  docs: /^\/docs(-json)?(\/|$)/,
  health: /^\/health$/,
  metrics: /^\/metrics$/,
};

/** The routes that need no key. Decided by the route that the router found, not by the path, which can be written in many ways. */
export class OpenRoutes {
  private readonly patterns: readonly RegExp[];

  constructor(names: readonly OpenRoute[]) {
    this.patterns = [ALWAYS, ...names.map((name) => BY_SETTING[name])];
  }

  has({ routeOptions }: Pick<FastifyRequest, 'routeOptions'>): boolean {
    const { url } = routeOptions;
    return url !== undefined && this.patterns.some((pattern) => pattern.test(url));
  }
}
