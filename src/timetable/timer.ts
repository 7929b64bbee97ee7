/** How a timetable waits. The simulation brings one of its own time. */
export interface Timer {
  /** Calls `run` after so many milliseconds, unless it is taken back by the function that this answers with. */
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
