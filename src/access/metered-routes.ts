import type { FastifyRequest } from 'fastify';

/** Requests of the operator's monitoring, and the pages that explain the API, are not counted. */
const UNMETERED = /^\/(health|metrics|docs|docs-json)(\/|$)/;

/** Decided by the matched route, not by the path, which can be written in many ways. */
export const isMetered = (request: FastifyRequest): boolean => !UNMETERED.test(request.routeOptions.url ?? '/');
