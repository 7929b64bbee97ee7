import type { VirtualTime } from './virtual-time.js';
import type { Spell } from './weather.js';

/** The spells of bad weather in one world, past and present. Times are virtual milliseconds. */
export class Spells {
  private readonly all: { spell: Spell; from: number; to: number }[] = [];
  /** When the last spell of each kind ends. */
  private readonly ends = new Map<Spell, number>();

  constructor(private readonly time: VirtualTime) {}

  begin(spell: Spell, ms: number): void {
    const { now } = this.time;
    this.all.push({ spell, from: now, to: now + ms });
    this.ends.set(spell, Math.max(this.ends.get(spell) ?? 0, now + ms));
  }

  /** Ends all that last. Says of which kinds there have been any. */
  endAll(): Spell[] {
    const { now } = this.time;
    for (const spell of this.all) spell.to = Math.min(spell.to, now);
    for (const [spell, to] of this.ends) this.ends.set(spell, Math.min(to, now));
    return [...this.ends.keys()];
  }

  lasts(spell: Spell): boolean {
    return (this.ends.get(spell) ?? 0) > this.time.now;
  }

  /** Whether it lasts, or has ended within the last `ms` milliseconds. */
  lastedWithin(spell: Spell, ms: number): boolean {
    return (this.ends.get(spell) ?? -Infinity) > this.time.now - ms;
  }

  /** Milliseconds since then in which none of these spells lasted. */
  msWithout(spells: readonly Spell[], since: number): number {
    const { now } = this.time;
    let free = 0;
    let at = since;
    const held = this.all.filter(({ spell, to }) => spells.includes(spell) && to > since);
    for (const { from, to } of held.sort((a, b) => a.from - b.from)) {
      free += Math.max(0, from - at);
      at = Math.max(at, Math.min(to, now));
    }
    return free + Math.max(0, now - at);
  }
}
