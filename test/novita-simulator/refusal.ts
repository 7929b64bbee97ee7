/** Novita's error answer: HTTP status, machine-readable reason, sentence for people. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
    readonly metadata: Record<string, string> = {},
  ) {
    super(message);
    this.name = 'Refusal';
  }

  get body(): object {
    return { code: this.status, reason: this.reason, message: this.message, metadata: this.metadata };
  }
}
