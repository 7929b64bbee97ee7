import { Webhook as Signature } from 'standardwebhooks';
import type { GuardedConnections, OutboundAnswer } from '../../outbound/guarded-connections.js';
import { Secrets } from '../../redaction/secrets.js';
import { UpstreamText } from '../../redaction/upstream-text.js';
import type { Clock } from '../../time/clock.js';
import type { Random } from '../../time/ids.js';
import { afterAttempt, type AttemptOutcome, type Verdict } from '../domain/after-attempt.js';
import type { Delivery } from '../domain/webhook.js';
import type { AttemptResult } from '../domain/attempt-result.js';

/** From the look-up of the name to the end of the answer. */
export const ATTEMPT_SECONDS = 15;
/** More of an answer is not read. */
const MOST_ANSWER_BYTES = 4_096;
const MOST_ERROR_CHARACTERS = 200;
const USER_AGENT = 'novitai-webhook';

export interface Sending {
  url: string;
  /** All of them sign. */
  secrets: readonly string[];
  delivery: Pick<Delivery, 'id' | 'body' | 'attempts'>;
  signal: AbortSignal;
}

/** Makes one attempt to deliver, and says what follows from it. Writes nothing. */
export class DeliverySender {
  constructor(
    private readonly connections: Pick<GuardedConnections, 'post'>,
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  async attempt({ url, secrets, delivery, signal }: Sending): Promise<AttemptResult> {
    const beganMs = this.clock.monotonicMs();
    const answer = await this.post(url, secrets, delivery, signal).catch((error: unknown) => errorText(error));
    const durationMs = Math.round(this.clock.monotonicMs() - beganMs);
    const at = this.clock.now();
    const attempts = delivery.attempts + 1;
    const outcome: AttemptOutcome =
      typeof answer === 'string'
        ? { kind: 'unanswered', error: answer }
        : { kind: 'answered', status: answer.status, retryAfter: answer.retryAfter };
    const verdict = afterAttempt(attempts, outcome, at, this.random);
    return {
      last: {
        at,
        durationMs,
        ...(typeof answer === 'string'
          ? { status: null, answer: null, isAnswerCut: false, error: answer }
          : { status: answer.status, answer: textOf(answer.body), isAnswerCut: answer.isBodyCut, error: null }),
      },
      attempts,
      failure: verdict.kind === 'delivered' ? null : failureOf(outcome),
      ...changeOf(verdict),
    };
  }

  private async post(
    url: string,
    secrets: readonly string[],
    { id, body }: Pick<Delivery, 'id' | 'body'>,
    signal: AbortSignal,
  ): Promise<OutboundAnswer> {
    // the library signs with whole seconds
    const timestamp = this.clock.now();
    return this.connections.post({
      url,
      headers: {
        'content-type': 'application/json',
        'user-agent': USER_AGENT,
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(timestamp.getTime() / 1000)),
        'webhook-signature': secrets.map((secret) => new Signature(secret).sign(id, timestamp, body)).join(' '),
      },
      body,
      timeoutSeconds: ATTEMPT_SECONDS,
      mostAnswerBytes: MOST_ANSWER_BYTES,
      signal,
    });
  }
}

const changeOf = (verdict: Verdict): Pick<AttemptResult, 'state' | 'nextAttemptAt' | 'slowUntil' | 'isGone'> => {
  switch (verdict.kind) {
    case 'delivered':
      return { state: 'delivered', nextAttemptAt: null, slowUntil: null, isGone: false };
    case 'gone':
      return { state: 'failed', nextAttemptAt: null, slowUntil: null, isGone: true };
    case 'exhausted':
      return { state: 'failed', nextAttemptAt: null, slowUntil: verdict.slowUntil, isGone: false };
    case 'retry':
      return { state: 'waiting', nextAttemptAt: verdict.at, slowUntil: verdict.slowUntil, isGone: false };
  }
};

const failureOf = (outcome: AttemptOutcome): string =>
  outcome.kind === 'answered' ? `HTTP ${outcome.status}` : outcome.error;

/** Node puts what the other side sent into some errors, such as the names in a certificate. */
const errorText = (error: unknown): string =>
  new UpstreamText(error instanceof Error ? error.message : 'no answer', MOST_ERROR_CHARACTERS).redact(Secrets.NONE) ||
  'no answer';

/** PostgreSQL stores no NUL. */
const textOf = (body: Buffer): string => body.toString('utf8').replaceAll('\0', '\uFFFD');
