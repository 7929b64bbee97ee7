import type { FastifyInstance } from 'fastify';

/** Which methods each path answers, learned while the routes are registered: the router itself cannot be asked. */
export class RouteTable {
  private readonly methods = new Map<string, Set<string>>();

  /** Must come before the first route. */
  learnFrom(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', (route) => {
      const known = this.methods.get(route.url) ?? new Set<string>();
      for (const method of [route.method].flat()) known.add(method);
      this.methods.set(route.url, known);
    });
  }

  /** The methods that some route of this path answers, sorted; none when there is no such path. */
  methodsAt(url: string): string[] {
    const path = (url.split('?', 1)[0] ?? '').split('/');
    const found = [...this.methods].filter(([template]) => fits(template.split('/'), path));
    return [...new Set(found.flatMap(([, methods]) => [...methods]))].sort();
  }
}

function fits(template: readonly string[], path: readonly string[]): boolean {
  // a catch-all belongs to static files and to nobody's API
  if (template.includes('*') || template.length !== path.length) return false;
  return template.every((part, at) => (part.startsWith(':') ? path[at] !== '' : part === path[at]));
}
