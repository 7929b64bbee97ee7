/**
 * Does the same thing for many at once: what is given while one round is under way goes into the next. Each caller learns how its
 * round went.
 */
export class Together<T> {
  private waiting: T[] = [];
  private next: Promise<void> | null = null;
  private current: Promise<void> = Promise.resolve();

  constructor(private readonly act: (all: T[]) => Promise<void>) {}

  add(one: T): Promise<void> {
    this.waiting.push(one);
    this.next ??= this.afterCurrent();
    return this.next;
  }

  private async afterCurrent(): Promise<void> {
    await this.current;
    const all = this.waiting;
    this.waiting = [];
    this.next = null;
    const round = this.act(all);
    // how it went is told to those who take part in it, and not to the next ones
    this.current = round.catch(() => undefined);
    await round;
  }
}
