import type { StoredEvent } from './event-log.js';

/** The newest events in memory, so that a reader that is only a little behind needs no statement. */
export class EventRing {
  private readonly events: StoredEvent[] = [];

  /**
   * @param floor every event after this position is in the ring
   * @param most how many events are kept
   */
  constructor(
    private floor: number,
    private readonly most: number,
  ) {}

  /** @param events in the order of positions, all newer than those before */
  add(events: readonly StoredEvent[]): void {
    this.events.push(...events);
    const dropped = this.events.splice(0, Math.max(0, this.events.length - this.most));
    this.floor = dropped.at(-1)?.position ?? this.floor;
  }

  /** Whether every event after the position is in the ring. */
  reaches(position: number): boolean {
    return position >= this.floor;
  }

  /** The events after a position, oldest first. Null: the ring does not have all of them. */
  after(position: number): readonly StoredEvent[] | null {
    if (!this.reaches(position)) return null;
    const newest = this.events.at(-1);
    if (!newest || newest.position <= position) return [];
    return this.events.slice(this.indexAfter(position));
  }

  /** The index of the first event after the position. */
  private indexAfter(position: number): number {
    let from = 0;
    let to = this.events.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.events[middle]?.position ?? Infinity) <= position) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
