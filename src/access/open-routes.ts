import type { FastifyRequest } from 'fastify';

/** Answered without a key. Probes tell nothing but yes or no. */
const ALWAYS = ['/health/live', '/health/ready', '/health/startup'];

/** Answered without a key when OPEN_ROUTES names them. */
const BY_SETTING = {
  docs: ['/docs', '/docs/*', '/docs/', '/docs-json', '/docs/errors'],
  health: ['/health'],
  metrics: ['/metrics'],
} as const satisfies Record<string, readonly string[]>;

/** The routes that need no key. Decided by the route that the router found, not by the path, which can be written in many ways. */
export class OpenRoutes {
  private readonly templates: ReadonlySet<string>;

  constructor(names: readonly (keyof typeof BY_SETTING)[]) {
    this.templates = new Set([...ALWAYS, ...names.flatMap((name) => BY_SETTING[name])]);
  }

  has({ routeOptions }: Pick<FastifyRequest, 'routeOptions'>): boolean {
    const { url } = routeOptions;
    return url !== undefined && this.templates.has(url);
  }
}
