import type { FastifyInstance } from 'fastify';

/** Knows which methods each path has. It learns them while routes are registered, since the router cannot be asked. */
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

  /** The methods of all routes of this path, sorted; empty when the path is unknown. */
  methodsAt(url: string): string[] {
    const path = (url.split('?', 1)[0] ?? '').split('/');
    const found = [...this.methods].filter(([template]) => fits(template.split('/'), path));
    return [...new Set(found.flatMap(([, methods]) => [...methods]))].sort();
  }
}

function fits(template: readonly string[], path: readonly string[]): boolean {
  // only static files have catch-all routes
  if (template.includes('*') || template.length !== path.length) return false;
  return template.every((part, at) => (part.startsWith(':') ? path[at] !== '' : part === path[at]));
}
