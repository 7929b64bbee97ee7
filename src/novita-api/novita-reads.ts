import { DelegateBackoff, handleWhenResult, retry } from 'cockatiel';
import { backOffAfter, jittered } from '../time/back-off.js';
import type { Clock } from '../time/clock.js';
import type { Random } from '../time/ids.js';
import type { HeldBack, NovitaCalls, NovitaOperation } from './novita-calls.js';
import { NovitaUnavailable } from './novita-client.js';
import type { NovitaAnswer, NovitaReply, NovitaRequest } from './novita-transport.js';
import { RetryAllowance } from './retry-allowance.js';
import { decodeError, isDocumentedReason, saysMissing } from './wire/error-body.wire.js';
import { parseJson } from './wire/read-fields.js';

const MAX_TRIES = 3;
/** Longer delays looks at moving machines; shorter meets the same failure. */
const BACK_OFF_MS = { first: 200, most: 400 };
const FULL_JITTER = { from: 0, to: 1 };

type Try = NovitaReply | HeldBack;

/** `missing`: Novita's reason says that the thing does not exist. The `body` of `found` is parsed JSON, not yet decoded. */
export type ReadResult = { kind: 'found'; body: unknown } | { kind: 'missing' };

interface ReadOptions {
  /** Further reasons that mean, with status 400 or 404, that the thing does not exist. */
  missingReasons?: readonly string[];
}

/** Timers may fire early, but a pause that Novita asked for must be over when the next try asks for admission. */
const TIMER_SLACK_MS = 25;

/**
 * Reads with up to three tries within one deadline, as far as the shared allowance of retries permits. Every try asks the circuit and the
 * budget again.
 */
export class NovitaReads {
  private readonly retries: RetryAllowance;

  constructor(
    private readonly calls: NovitaCalls,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly timeoutMs: number,
  ) {
    this.retries = new RetryAllowance(clock);
  }

  /** @throws {NovitaUnavailable} when no trustworthy answer came */
  async read(operation: NovitaOperation, request: NovitaRequest, options: ReadOptions = {}): Promise<ReadResult> {
    const last = await this.tryUntilDeadline(operation, request);
    if (last.kind === 'answer') return this.interpret(operation, last, options.missingReasons ?? []);
    if (last.kind === 'held-back') {
      const why = last.by === 'budget' ? 'budget' : 'circuit-open';
      throw new NovitaUnavailable(why, `${operation}: ${last.why}`, Math.ceil(last.nextInMs / 1000));
    }
    throw new NovitaUnavailable(last.cause, `${operation}: ${last.cause} (${last.code})`);
  }

  private tryUntilDeadline(operation: NovitaOperation, request: NovitaRequest): Promise<Try> {
    const deadlineAt = this.clock.monotonicMs() + this.timeoutMs;
    const leftMs = (): number => deadlineAt - this.clock.monotonicMs();
    const delays = { nextMs: 0 };
    let tries = 0;
    this.retries.countCall();
    const policy = retry(
      handleWhenResult((result) => {
        const attempt = result as Try; // cockatiel does not know what its policy will run
        if (!isWorthAnotherTry(attempt) || tries === MAX_TRIES) return false;
        delays.nextMs = retryAfterMs(attempt);
        return delays.nextMs < leftMs() && this.retries.spend();
      }),
      {
        maxAttempts: MAX_TRIES - 1,
        backoff: new DelegateBackoff(({ attempt }) => {
          const jitterMs = jittered(backOffAfter(attempt, BACK_OFF_MS), FULL_JITTER, this.random);
          return Math.min(delays.nextMs + jitterMs, Math.max(leftMs(), 0));
        }),
      },
    );
    return policy.execute(() => {
      tries += 1;
      // Half of the deadline for one try, so that a hanging connection leaves time for a second try.
      const tryMs = Math.max(1, Math.min(leftMs(), Math.ceil(this.timeoutMs / 2)));
      return this.calls.once(operation, 'read', request, tryMs);
    });
  }

  private interpret(operation: NovitaOperation, answer: NovitaAnswer, missingReasons: readonly string[]): ReadResult {
    const { status, retryAfterSeconds } = answer;
    if (status >= 200 && status <= 299) {
      const body = parseJson(answer.body);
      if (body === undefined) throw new NovitaUnavailable('unreadable', `${operation}: HTTP ${status} without JSON`);
      return { kind: 'found', body };
    }
    const error = decodeError(status, answer.body);
    const isMissing = error !== null && (status === 400 || status === 404) && missingReasons.includes(error.reason);
    if (isMissing || saysMissing(status, error)) return { kind: 'missing' };
    const said = error !== null && isDocumentedReason(error.reason) ? ` ${error.reason}` : '';
    throw new NovitaUnavailable(
      whyOf(status, error !== null),
      `${operation}: HTTP ${status}${said}`,
      retryAfterSeconds,
    );
  }
}

function isWorthAnotherTry(attempt: Try): boolean {
  if (attempt.kind === 'held-back') return false;
  if (attempt.kind === 'failure') return attempt.cause !== 'too-large';
  return attempt.status === 429 || attempt.status >= 500;
}

const retryAfterMs = (attempt: Try): number =>
  attempt.kind === 'answer' && attempt.retryAfterSeconds ? attempt.retryAfterSeconds * 1000 + TIMER_SLACK_MS : 0;

function whyOf(status: number, isFromNovita: boolean): NovitaUnavailable['why'] {
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 429) return 'rate-limited';
  if (status === 408) return 'timeout';
  if (status >= 500) return 'server-error';
  return isFromNovita ? 'refused' : 'unreadable';
}
