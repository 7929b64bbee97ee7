import type { EventQuery, StoredEvent } from '../../src/events/event-log.js';
import { matchesFilter } from '../../src/events/event-filter.js';

export const anEvent = (position: number, changes: Partial<StoredEvent> = {}): StoredEvent => ({
  position,
  subject: { kind: 'instance', id: 'ins_1' },
  seq: position,
  type: 'status.changed',
  data: {},
  actor: 'reconciler',
  requestId: null,
  at: new Date('2026-01-01T00:00:00.000Z'),
  projectId: null,
  ...changes,
});

/** A log in memory. */
export class EventLogInMemory {
  readonly events: StoredEvent[] = [];
  reads = 0;

  append(...positions: number[]): void {
    this.events.push(...positions.map((position) => anEvent(position)));
  }

  get last(): number {
    return this.events.at(-1)?.position ?? 0;
  }

  read({ after, limit, ...filter }: EventQuery): StoredEvent[] {
    this.reads += 1;
    const wanted = this.events.filter((event) => event.position > after && matchesFilter(filter, event));
    return wanted.slice(0, limit);
  }
}
