import type { FastifyReply } from 'fastify';
import { etagOf } from '../../http/etag.js';
import type { Snapshot } from '../domain/instance.js';
import type { InstanceDto } from './dto/instance.dto.js';
import { instanceView } from './instance.view.js';

/** The body and the headers of every answer that is one instance. */
export const answerWith = (
  reply: FastifyReply,
  snapshot: Snapshot,
  { secrets = false, replayed = false } = {},
): InstanceDto => {
  void reply.header('etag', etagOf(snapshot.instance.lastEventSeq));
  if (replayed) void reply.header('idempotency-replayed', 'true');
  return secrets ? instanceView(snapshot, { secrets }) : sharedView(snapshot);
};

const views = new WeakMap<Snapshot, InstanceDto>();

/** Many requests that wait for one instance are answered with one snapshot. */
const sharedView = (snapshot: Snapshot): InstanceDto => {
  const known = views.get(snapshot);
  if (known) return known;
  const view = instanceView(snapshot, { secrets: false });
  views.set(snapshot, view);
  return view;
};
