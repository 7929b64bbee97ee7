/**
 * The clock of deadlines: it stands still while nothing could be done. A deadline judges a machine, a workload or the market;
 * an outage, a revoked key, an empty balance or an absent Novitai says nothing about any of them.
 */

/** A stretch of time in which nothing could be done. */
export interface Span {
  from: Date;
  to: Date;
}

/** Spans are stored with each instance and read at each step. More would cost bytes and hardly ever matter. */
const MOST_SPANS = 20;

/** The same time as sorted spans that do not touch each other. */
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
 * The spans with one more. When there are too many, the two oldest become one: a deadline may then fall later than it should,
 * and never earlier.
 */
export const withSpan = (spans: readonly Span[], span: Span): Span[] => {
  const all = joined([...spans, span]);
  const [first, second, ...others] = all;
  return all.length > MOST_SPANS && first && second ? [{ from: first.from, to: second.to }, ...others] : all;
};

/** The spans as far as they lie before `now`. A database clock that jumped ahead and came back leaves some that do not. */
export const until = (spans: readonly Span[], now: Date): Span[] =>
  joined(spans.map(({ from, to }) => ({ from, to: to > now ? now : to })));

/** When `seconds` will have passed since `from` that lie in no span. */
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
