/** What happened to the creates so far, by the names they asked for. */
export class CreateHistory {
  private readonly left = new Map<string, { times: number; lastAt: number }>();
  private readonly refused = new Set<string>();

  leaves(name: string, at: number): void {
    this.left.set(name, { times: this.timesLeft(name) + 1, lastAt: at });
  }

  /** Novita has refused it. A repetition of the same request may be done nevertheless. */
  refuses(name: string): void {
    this.refused.add(name);
  }

  timesLeft(name: string): number {
    return this.left.get(name)?.times ?? 0;
  }

  /** When it left last, in virtual milliseconds. */
  leftAt(name: string): number | undefined {
    return this.left.get(name)?.lastAt;
  }

  isRefused(name: string): boolean {
    return this.refused.has(name);
  }

  names(): Iterable<string> {
    return this.left.keys();
  }
}
