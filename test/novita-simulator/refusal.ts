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

  body({ errorMetadata, errorMetadataSent }: Switches): object {
    const error = { code: this.status, reason: this.reason, message: this.message };
    if (errorMetadataSent === 'never') return error;
    switch (errorMetadata) {
      case 'positional':
        return {
          ...error,
          metadata: Object.fromEntries(Object.values(this.values).map((value, index) => [index, value])),
        };
      case 'named':
        return { ...error, metadata: this.values };
      case 'array':
        return { ...error, metadata: Object.values(this.values) };
    }
  }
}
