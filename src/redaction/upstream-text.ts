import { capped, cleanLine, UNPRINTABLE } from './clean-text.js';
import { mayOccur, type Secrets } from './secrets.js';

/**
 * Text from Novita or a workload, which may repeat a secret. It is not a string, so that it cannot be stored, logged or shown by accident.
 * Only {@link redacted} returns it, without the given secrets.
 */
export class UpstreamText {
  readonly #text: string;
  readonly #maxCharacters: number;
  readonly #nearby: readonly string[];

  /** @param nearby secrets from the same answer */
  constructor(text: string, maxCharacters: number, nearby: readonly string[] = []) {
    this.#text = text;
    this.#maxCharacters = maxCharacters;
    // keeps only secrets that can occur in the text, since the texts of a whole fleet are in memory at once
    this.#nearby = nearby.filter((secret) => mayOccur(secret, text));
  }

  /** One printable line without these secrets. They are hidden before the text is cut, since half a secret is not recognised. */
  redact(secrets: Secrets): string {
    return cleanLine(secrets.plus(this.#nearby).hideIn(this.#text), this.#maxCharacters);
  }

  /**
   * For comparisons: unprintable characters become spaces, and spaces are not trimmed. Otherwise a name that consists of a tag and a space
   * would count as the tag.
   */
  examine<T extends object | boolean | null>(judge: (text: string) => T): T {
    return judge(capped(this.#text.replace(UNPRINTABLE, ' '), this.#maxCharacters));
  }

  toString(): string {
    return '[upstream text]';
  }

  toJSON(): string {
    return '[upstream text]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[upstream text]';
  }
}

/** The text without these secrets. Our own text is returned unchanged. */
export const redacted = (text: string | UpstreamText, secrets: Secrets): string =>
  text instanceof UpstreamText ? text.redact(secrets) : text;
