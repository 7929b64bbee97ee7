import type { Switches } from './switches.js';

/** Novita's error answer: HTTP status, machine-readable reason, sentence for people. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
    /** What the message is about, by our own name for it. */
    readonly values: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'Refusal';
  }

  body({ errorMetadata }: Pick<Switches, 'errorMetadata'>): object {
    const error = { code: this.status, reason: this.reason, message: this.message };
    switch (errorMetadata) {
      case 'positional':
        return { ...error, metadata: { ...Object.values(this.values) } };
      case 'named':
        return { ...error, metadata: this.values };
      case 'array':
        return { ...error, metadata: Object.values(this.values) };
      case 'absent':
        return error;
    }
  }
}
