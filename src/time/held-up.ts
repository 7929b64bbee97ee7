/**
 * The clock of deadlines, which stops while nothing could be done. A deadline judges a machine, a workload or the market; an outage, a
 * revoked key, an empty balance or a stopped Novitai says nothing about any of them.
 */

/** A period in which nothing could be done. */
export interface Span {
  from: Date;
  to: Date;
}

/** Spans are stored with each instance and read at each step. More of them would cost bytes and hardly ever matter. */
const MOST_SPANS = 20;

/** The same time as sorted, disjoint spans. */
export const joined = (spans: readonly Span[]): Span[] => {
  const joint: Span[] = [];
  for (const { from, to } of spans.toSorted((a, b) => a.from.getTime() - b.from.getTime())) {
    const last = joint.at(-1);
    if (from >= to) continue;
    if (!last || from > last.to) joint.push({ from, to });
    else if (to > last.to) joint[joint.length - 1] = { from: last.from, to };
  }
  return joint;
};

/**
 * Adds a span. When there are too many, the two oldest are merged: a deadline may then be too late, but never too early.
 */
export const withSpan = (spans: readonly Span[], span: Span): Span[] => {
  const all = joined([...spans, span]);
  const [first, second, ...others] = all;
  return all.length > MOST_SPANS && first && second ? [{ from: first.from, to: second.to }, ...others] : all;
};

/** The spans up to `now`. After a database clock has jumped ahead and back, some are later. */
export const until = (spans: readonly Span[], now: Date): Span[] =>
  joined(spans.map(({ from, to }) => ({ from, to: to > now ? now : to })));

/** When `seconds` outside of all spans will have passed since `from`. */
export const afterFreeSeconds = (from: Date, seconds: number, held: readonly Span[]): Date => {
  let at = from.getTime();
  let leftMs = seconds * 1000;
  for (const span of joined(held)) {
    if (span.to.getTime() <= at) continue;
    const freeMs = Math.max(0, span.from.getTime() - at);
    if (freeMs >= leftMs) break;
    leftMs -= freeMs;
    at = span.to.getTime();
  }
  return new Date(at + leftMs);
};
