import type { Clock } from '../time/clock.js';
import type { NovitaCall } from './novita-calls.js';

/** What the latest calls show about Novita. Calls that were held back show nothing. */
export class CallRecord {
  /** Consecutive calls that Novita did not answer, or answered with 5xx. */
  failuresInARow = 0;
  /** Whether the last answer refused the API key. */
  isKeyRefused = false;
  /** When Novita last answered, or null. */
  lastAnswerAt: Date | null = null;

  constructor(private readonly clock: Clock) {}

  readonly onCall = (call: NovitaCall): void => {
    if (call.outcome === 'budget' || call.outcome === 'circuit') return;
    const answered = call.outcome === 'answered' && (call.httpStatus ?? 500) < 500;
    this.isKeyRefused = call.httpStatus === 401 || call.httpStatus === 403;
    this.failuresInARow = answered ? 0 : this.failuresInARow + 1;
    if (answered) this.lastAnswerAt = this.clock.now();
  };
}
