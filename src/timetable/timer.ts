/** How a timetable waits. The simulation has one for its virtual time. */
export interface Timer {
  /** Calls `run` after `ms` milliseconds. The returned function cancels it. */
  after(ms: number, run: () => void): () => void;
}

export const systemTimer: Timer = {
  after: (ms, run) => {
    const timeout = setTimeout(run, ms);
    return () => {
      clearTimeout(timeout);
    };
  },
};
