/** The work took longer than its caller waits. */
export class TooSlowError extends Error {
  constructor() {
    super('too slow');
    this.name = 'TooSlowError';
  }
}

/**
 * Waits for the work, but no longer than this. When the time is over first, the result is what `onOver` returns or throws. The work itself
 * goes on, and its result or error is ignored. No timer is left when this has settled.
 */
export async function withDeadline<T, Over>(
  milliseconds: number,
  work: Promise<T>,
  onOver: () => Over,
): Promise<T | Over> {
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      // reads first what arrived while this process was busy
      turn = setImmediate(resolve);
    }, milliseconds);
  }).then(onOver);
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
    clearImmediate(turn);
  }
}

/** @throws {TooSlowError} when the work takes longer than this; the work itself goes on */
export const within = <T>(milliseconds: number, work: Promise<T>): Promise<T> =>
  withDeadline(milliseconds, work, () => {
    throw new TooSlowError();
  });

/** The result of the work; undefined when it takes longer than this. Rejects as the work does. */
export const waitAtMost = <T>(milliseconds: number, work: Promise<T>): Promise<T | undefined> =>
  withDeadline(milliseconds, work, () => undefined);
