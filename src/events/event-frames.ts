/** The text of server-sent events, as the HTML standard defines `text/event-stream`. */
import { eventIdOf } from './event-id.js';
import type { StoredEvent } from './event-log.js';
import { eventView } from './event.view.js';
import type { ResyncReason } from '../vocabulary/resync-reason.js';

/** How long a client should wait before it connects again. */
const RETRY_MS = 2_000;

const frames = new WeakMap<StoredEvent, Buffer>();

/** One event. All streams share one buffer of it, so that a slow client holds no copy of its own. */
export const frameOf = (event: StoredEvent): Buffer => {
  const known = frames.get(event);
  if (known) return known;
  const view = eventView(event);
  const frame = Buffer.from(`id: ${view.id}\nevent: ${view.type}\ndata: ${JSON.stringify(view)}\n\n`);
  frames.set(event, frame);
  return frame;
};

/** The beginning of a stream. */
export const OPENING = `retry: ${RETRY_MS}\n\n`;

/** A comment, and the position for the next `Last-Event-ID`: without it a client whose filter matches little would resume far back. */
export const heartbeatAt = (position: number): string => `: heartbeat\nid: ${eventIdOf(position)}\n\n`;

/** Tells the client that events after its position may be missing. It has to read everything anew. */
export const resyncAt = (position: number, reason: ResyncReason): string =>
  `id: ${eventIdOf(position)}\nevent: resync\ndata: ${JSON.stringify({ reason })}\n\n`;
