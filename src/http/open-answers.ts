/** Answers that come late on purpose: the request waits for something, or is answered by a stream. */
import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LIMITS } from './fastify-adapter.js';

const late = new WeakSet<object>();

/** Whether the time until the answer says nothing about how quick the service is. */
export const isLateOnPurpose = ({ raw }: Pick<FastifyRequest, 'raw'>): boolean => late.has(raw);

/**
 * Lets the connection of a request be silent for longer than usual, while the request waits. Call the returned function before the
 * answer: it sets the usual limit.
 */
export const beSilentFor = ({ raw }: Pick<FastifyRequest, 'raw'>, milliseconds: number): (() => void) => {
  late.add(raw);
  raw.socket.setTimeout(milliseconds + LIMITS.connectionMs);
  return () => {
    raw.socket.setTimeout(LIMITS.connectionMs);
  };
};

/** Begins an answer that stays open. The caller writes to the returned response, and ends it. A HEAD has no more than the headers. */
export const beginStream = (
  request: FastifyRequest,
  reply: FastifyReply,
  headers: Record<string, string>,
): ServerResponse => {
  late.add(request.raw);
  // headers that guards have set, such as those of the rate limit
  const all = { ...reply.getHeaders(), ...headers };
  reply.hijack();
  for (const [name, value] of Object.entries(all)) if (value !== undefined) reply.raw.setHeader(name, value);
  reply.raw.writeHead(200);
  return reply.raw;
};
