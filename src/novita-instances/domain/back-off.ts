const MOST_DOUBLINGS = 10;

/** Seconds to wait after so many tries: the first wait, then twice as long each time, up to a most. */
export const doublingSeconds = (firstSeconds: number, tries: number, mostSeconds: number): number =>
  Math.min(firstSeconds * 2 ** Math.min(Math.max(tries - 1, 0), MOST_DOUBLINGS), mostSeconds);
