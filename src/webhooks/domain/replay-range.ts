import type { Fault } from '../../errors/domain-error.js';
import { positionOf } from '../../events/event-id.js';
import { addSeconds } from '../../time/clock.js';

/** A range as it is asked for: by events or by times, both ends included. An end that is left out is the newest event. */
export interface WantedRange {
  fromEvent?: string | undefined;
  toEvent?: string | undefined;
  /** ISO 8601, with a time zone. */
  from?: string | undefined;
  to?: string | undefined;
}

/** Which events of the log to read. */
export interface ReplayRange {
  /** Only events with a greater position. */
  after: number;
  /** Only events up to this position. */
  upTo: number;
  since?: Date;
  until?: Date;
}

/** An event has at least the time in microseconds since 1970 as its position, by the clock of the database. */
const POSITIONS_PER_MS = 1_000;
/** How much later the times of events may be than that clock. More would only make a reader look at more of the log. */
const CLOCKS_DIFFER_SECONDS = 86_400;

/** The range, or what is wrong with it. A time in the future is refused: events that are yet to happen are sent anyway. */
export const replayRangeOf = (wanted: WantedRange, now: Date): ReplayRange | Fault => {
  const { fromEvent, toEvent, from, to } = wanted;
  if (from !== undefined || to !== undefined) {
    const mixed = fromEvent === undefined ? (toEvent === undefined ? null : '/toEvent') : '/fromEvent';
    if (mixed !== null)
      return { pointer: mixed, detail: 'must not come with from or to: give events or times, not both' };
    return rangeOfTimes(from, to, now);
  }
  if (fromEvent === undefined) return { pointer: '/fromEvent', detail: 'is required, unless from is given' };
  const first = positionOf(fromEvent) ?? 0;
  const upTo = toEvent === undefined ? Infinity : (positionOf(toEvent) ?? Infinity);
  return upTo < first ? { pointer: '/toEvent', detail: 'must not be before fromEvent' } : { after: first - 1, upTo };
};

const rangeOfTimes = (from: string | undefined, to: string | undefined, now: Date): ReplayRange | Fault => {
  if (from === undefined) return { pointer: '/from', detail: 'is required with to' };
  const since = new Date(from);
  const until = to === undefined ? null : new Date(to);
  if (since > now) return { pointer: '/from', detail: 'must not be in the future' };
  if (until && until > now)
    return { pointer: '/to', detail: 'must not be in the future; leave it out for the newest event' };
  if (until && until < since) return { pointer: '/to', detail: 'must not be before from' };
  const after = Math.max(0, addSeconds(since, -CLOCKS_DIFFER_SECONDS).getTime() * POSITIONS_PER_MS);
  return { after, upTo: Infinity, since, ...(until && { until }) };
};
