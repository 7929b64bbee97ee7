import type { FastifyRequest } from 'fastify';

/** Asked by machines of the operator, at their own pace; and the pages that explain the API. */
const UNMETERED = /^\/(health|metrics|docs|docs-json)(\/|$)/;

/** By the route that was matched and not by the path that was sent, which can be written in many ways. */
export const isMetered = (request: FastifyRequest): boolean => !UNMETERED.test(request.routeOptions.url ?? '/');
