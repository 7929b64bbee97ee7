import { capped, cleanLine, UNPRINTABLE } from './clean-text.js';
import { mayOccur, type Secrets } from './secrets.js';

/**
 * Text that somebody else wrote: Novita, or a workload. It may repeat a secret of ours, so it is no string, and cannot be stored,
 * logged or shown by accident. The one way out is {@link told}, which wants to know which secrets to hide.
 */
export class UpstreamText {
  readonly #text: string;
  readonly #maxCharacters: number;
  readonly #nearby: readonly string[];

  /** @param nearby secrets that came in the same answer */
  constructor(text: string, maxCharacters: number, nearby: readonly string[] = []) {
    this.#text = text;
    this.#maxCharacters = maxCharacters;
    // a fleet's texts are held at the same time: those that are longer than the text itself would be most of them
    this.#nearby = nearby.filter((secret) => mayOccur(secret, text));
  }

  /** One printable line without these secrets. They are hidden before the text is cut: half a secret is not recognised. */
  told(secrets: Secrets): string {
    return cleanLine(secrets.plus(this.#nearby).hideIn(this.#text), this.#maxCharacters);
  }

  /**
   * For code that compares: what cannot be printed is a space, and no space is cut off. Else a name that a person made of our tag
   * and a space would be our tag.
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

/** Text of ours is told as it is. */
export const told = (text: string | UpstreamText, secrets: Secrets): string =>
  text instanceof UpstreamText ? text.told(secrets) : text;
