import type { NestFastifyApplication } from '@nestjs/platform-fastify';

export interface RegisteredRoute {
  method: string;
  /** The path with the router's parameters, such as `/api/jobs/:id`. */
  path: string;
}

const INDENT = 4;

/** Every route of the router, documented or not, read from the tree that it prints. */
export function registeredRoutes(app: NestFastifyApplication): RegisteredRoute[] {
  const parents: string[] = [];
  const tree = app.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false });
  return tree.split('\n').flatMap((line) => {
    const [, lead = '', part = '', methods = ''] = /^([│ ]*[├└]── )(\S+) \(([A-Z, ]+)\)$/.exec(line) ?? [];
    if (part === '') return [];
    const depth = lead.length / INDENT - 1;
    const path = (depth === 0 ? '' : (parents[depth - 1] ?? '')) + part;
    parents[depth] = path;
    return methods.split(', ').map((method) => ({ method, path }));
  });
}

/** A path that the route matches. */
export const samplePath = ({ path }: RegisteredRoute): string => path.replace(/:\w+/g, 'sample').replace('*', 'sample');
