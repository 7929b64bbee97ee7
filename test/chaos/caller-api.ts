import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from './chance.js';
import type { Replica } from './replica.js';

/** How long a caller waits for one answer. Shorter than many pauses. */
const PATIENCE_MS = 4_000;
const RETRY_SECONDS: [from: number, to: number] = [0.1, 0.6];
const OK_AT_MOST = 499;
const TOO_MANY_REQUESTS = 429;

export interface Answer {
  status: number;
  body: unknown;
  /** How often the request was sent before without a readable answer. */
  lostAnswers: number;
}

/** The answers that all callers got. */
export interface Traffic {
  answers: Map<number, number>;
  /** No answer: refused, reset, or too slow. */
  noAnswer: number;
}

/** A caller over HTTP: sends a request to a random replica, and repeats it, possibly to another, until there is an answer. */
export class CallerApi {
  constructor(
    private readonly replicas: readonly Replica[],
    private readonly chance: Chance,
    private readonly traffic: Traffic,
    /** Aborted when the run is aborted. */
    private readonly signal: AbortSignal,
  ) {}

  /** Resolves with the first answer that is neither 429 nor 5xx. Rejects only when the run is aborted. */
  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    for (let lostAnswers = 0; ;) {
      this.signal.throwIfAborted();
      const answer = await this.tryOnce(method, path, body, headers);
      if (answer === null) this.traffic.noAnswer += 1;
      else this.traffic.answers.set(answer.status, (this.traffic.answers.get(answer.status) ?? 0) + 1);
      if (answer && answer.status <= OK_AT_MOST && answer.status !== TOO_MANY_REQUESTS) {
        return { ...answer, lostAnswers };
      }
      lostAnswers += 1;
      await sleep(this.chance.between(...RETRY_SECONDS) * 1000, undefined, { signal: this.signal });
    }
  }

  private async tryOnce(
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string>,
  ): Promise<{ status: number; body: unknown } | null> {
    const url = this.chance.pick(this.replicas)?.url ?? '';
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.any([this.signal, AbortSignal.timeout(PATIENCE_MS)]),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
    } catch {
      return null;
    }
  }
}
