import type { FastifyReply } from 'fastify';
import { etagOf } from '../../http/etag.js';
import type { Facts } from '../domain/instance.js';
import type { InstanceDto } from './dto/instance.dto.js';
import { instanceView } from './instance.view.js';

/** The body and the headers of every answer that is one instance. */
export const answerWith = (
  reply: FastifyReply,
  facts: Facts,
  { secrets = false, replayed = false } = {},
): InstanceDto => {
  void reply.header('etag', etagOf(facts.instance.lastEventSeq));
  if (replayed) void reply.header('idempotency-replayed', 'true');
  return instanceView(facts, { secrets });
};
