import { SeededRandom } from './seeded-random.js';
import { hash, Weather, type Fault, type Strike } from './weather.js';

/** A place where a fault may strike: the nth time that the world asks whether this fault does. */
export interface Opportunity {
  fault: Fault;
  nth: number;
  /** The I/O step that was last begun. */
  step: string;
  /** How many changes had happened before. A loop that reads again and again without a change takes the same steps at the same turn. */
  turn: number;
}

export const keyOf = ({ fault, nth }: Pick<Opportunity, 'fault' | 'nth'>): string => `${fault}#${nth}`;

/**
 * Weather in which exactly the chosen faults strike. It records every place where a fault could have struck. No fault strikes
 * before `open` is called: until then the scenario is being prepared.
 */
export class ChosenWeather extends Weather {
  readonly opportunities: Opportunity[] = [];
  private readonly nths = new Map<Fault, number>();
  private readonly chosen: ReadonlySet<string>;
  private isOpen = false;
  private turns = 0;

  constructor(
    private readonly seed: number,
    chosen: readonly string[],
  ) {
    super({ seed, rates: {}, only: null });
    this.chosen = new Set(chosen);
  }

  open(): void {
    this.isOpen = true;
  }

  override turn(): void {
    this.turns += 1;
  }

  override strikes(fault: Fault): Strike | null {
    if (!this.isOpen || this.over) return null;
    const nth = (this.nths.get(fault) ?? 0) + 1;
    this.nths.set(fault, nth);
    this.opportunities.push({ fault, nth, step: this.current, turn: this.turns });
    const key = keyOf({ fault, nth });
    if (!this.chosen.has(key)) return null;
    this.struck.push(key);
    return { key, random: new SeededRandom(this.seed ^ hash(key), 0) };
  }
}
