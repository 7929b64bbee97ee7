/** Passes of the reconciler over one instance that threw, one after the other. */
export interface ReconcileTrouble {
  tries: number;
  /** When the first of them threw. */
  since: Date;
  /** Found in the log line of the last of them. */
  reference: string;
}

/** Passes may throw for what is over in a moment, such as a database that restarts. After so many it is told. */
export const TOLD_AFTER_TRIES = 3;

/** What a caller is told; null: it may be over in a moment. */
export const troubleMessage = (trouble: ReconcileTrouble | null | undefined): string | null =>
  trouble && trouble.tries >= TOLD_AFTER_TRIES
    ? `Novitai cannot go on with this instance since ${trouble.since.toISOString()}: ${trouble.tries} tries have failed, and it goes on trying. Nothing is wrong with your request; the log says why, with reference ${trouble.reference}.`
    : null;
