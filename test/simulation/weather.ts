import { SeededRandom } from './seeded-random.js';

/** Everything that may go wrong once, by the place where it does. */
export const FAULTS = [
  // what becomes of a request that changes something
  'not-sent',
  'answer-lost',
  'request-lost',
  'error-after-doing',
  'error-before-doing',
  'done-late',
  'done-twice',
  'garbled-answer',
  'said-by-a-proxy',
  'too-many-requests',
  'acknowledged-in-vain',
  'unknown-while-young',
  // what becomes of a read
  'read-lost',
  'read-error',
  'read-garbled',
  'list-lag',
  'list-shifts',
  'list-says-nothing',
  'list-is-empty',
  'list-has-no-total',
  // what machines do
  'stuck-pulling',
  'fails-at-birth',
  'goes-down',
  'workload-silent',
  'odd-status',
  // what people and Novita do
  'person-deletes',
  'person-stops',
  'person-renames',
  'person-copies',
  'spot-reclaim',
  'moved-by-novita',
  // what processes and the database do
  'crash-before-store',
  'crash-after-store',
  'crash-before-send',
  'crash-after-send',
  'crash',
  'pause',
  'sleep-at-store',
  'store-slow',
  'store-answers-late',
  'store-refuses',
  'commit-unknown',
  'job-twice',
  'known-late',
  // what came later: drawn apart, so that the other faults stay as they were
  'start-refused',
] as const;
export type Fault = (typeof FAULTS)[number];
const DRAWN_APART: ReadonlySet<Fault> = new Set(['start-refused']);
const DRAWN = FAULTS.filter((fault) => !DRAWN_APART.has(fault));

/** Everything that may go wrong for a while. */
export const SPELLS = [
  'outage',
  'key-revoked',
  'wrong-account',
  'no-balance',
  'no-stock',
  'database-away',
  'list-broken',
] as const;
export type Spell = (typeof SPELLS)[number];

/** One fault that struck. It has random numbers of its own, so that leaving out another fault does not change it. */
export interface Strike {
  key: string;
  random: SeededRandom;
}

export type Rates = Partial<Record<Fault, number>>;

export interface WeatherPlan {
  seed: number;
  rates: Rates;
  /** Only these faults may strike. Null: all that the rates bring. */
  only: ReadonlySet<string> | null;
  /** What the names of its faults begin with. */
  prefix?: string;
}

/** Decides which fault strikes where, and records it. */
export class Weather {
  readonly struck: string[];
  private readonly counts = new Map<string, number>();
  private isOver = false;

  constructor(
    private readonly plan: WeatherPlan,
    private readonly whole: Weather | null = null,
  ) {
    this.struck = whole?.struck ?? [];
  }

  /** Weather for one kind of work alone: its faults are drawn apart, so that they change nothing else. It ends with this. */
  aside(name: string, rates: Rates): Weather {
    const { seed, only } = this.plan;
    return new Weather({ seed: seed ^ hash(name), rates, only, prefix: `${name}-` }, this);
  }

  /** The I/O step that is about to be taken. Only {@link ChosenWeather} looks at it. */
  current = '';

  /** Something has changed: the same step is another place from here on. Only {@link ChosenWeather} counts this. */
  turn(): void {
    // drawn weather does not depend on the place
  }

  /** From now on nothing goes wrong. */
  end(): void {
    this.isOver = true;
  }

  get over(): boolean {
    return this.whole?.over ?? this.isOver;
  }

  strikes(fault: Fault, factor = 1): Strike | null {
    if (this.over) return null;
    const rate = this.plan.rates[fault];
    if (rate === undefined) return null;
    const nth = (this.counts.get(fault) ?? 0) + 1;
    this.counts.set(fault, nth);
    if (scatter(this.plan.seed ^ HASHES[fault], nth) >= rate * factor) return null;
    const key = `${this.plan.prefix ?? ''}${fault}#${nth}`;
    if (this.plan.only && !this.plan.only.has(key)) return null;
    this.struck.push(key);
    return { key, random: new SeededRandom(this.plan.seed ^ HASHES[fault], nth) };
  }

  /** For faults that are planned beforehand, such as spells. False: it is to be left out. */
  admits(key: string): boolean {
    if (this.plan.only && !this.plan.only.has(key)) return false;
    this.struck.push(key);
    return true;
  }
}

export const hash = (text: string): number => {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value;
};

const HASHES = Object.fromEntries(FAULTS.map((fault) => [fault, hash(fault)])) as Record<Fault, number>;

/** A random number in [0, 1) for one place, which does not depend on the numbers of other places. */
const scatter = (seed: number, nth: number): number => {
  let value = Math.imul(seed ^ Math.imul(nth, 0x9e3779b1), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  value = Math.imul(value ^ (value >>> 16), 0x27d4eb2f);
  return ((value ^ (value >>> 15)) >>> 0) / 4294967296;
};

/** Draws how often each fault strikes in a world: half of the faults do, and reclaims always, each at an order of magnitude of its own. */
export const drawRates = (random: SeededRandom): Rates => {
  const mood = random.next();
  if (mood < 0.05) return {};
  const rates: Rates = {};
  const hard = mood > 0.85 ? random.pick(DRAWN as [Fault, ...Fault[]]) : null;
  for (const fault of DRAWN) {
    const isOn = random.chance(0.5);
    const rate = random.logUniform(...RANGE(fault));
    if (fault === hard) rates[fault] = RANGE(fault)[1] * 1.5;
    else if (isOn || fault === 'spot-reclaim') rates[fault] = rate;
  }
  return rates;
};

/** The rates of the faults that are drawn apart from the others. */
export const drawLaterRates = (random: SeededRandom): Rates =>
  random.chance(0.85) ? { 'start-refused': random.logUniform(0.3, 0.95) } : {};

/** The range of chances per opportunity. Faults with very many opportunities have small chances. */
const RANGE = (fault: Fault): [number, number] => {
  switch (fault) {
    case 'store-slow':
    case 'store-answers-late':
      return [0.01, 0.3];
    case 'store-refuses':
    case 'commit-unknown':
    case 'sleep-at-store':
    case 'crash-before-store':
    case 'crash-after-store':
      return [0.0002, 0.005];
    case 'crash':
    case 'pause':
      return [0.02, 0.5];
    case 'read-lost':
    case 'read-error':
    case 'read-garbled':
    case 'list-says-nothing':
    case 'list-is-empty':
    case 'list-has-no-total':
    case 'too-many-requests':
      return [0.002, 0.1];
    case 'crash-before-send':
    case 'crash-after-send':
    case 'job-twice':
      return [0.005, 0.1];
    case 'list-shifts':
    case 'known-late':
      return [0.05, 0.7];
    case 'spot-reclaim':
      return [0.4, 0.9];
    case 'goes-down':
    case 'fails-at-birth':
      return [0.03, 0.5];
    case 'stuck-pulling':
    case 'workload-silent':
      return [0.1, 0.7];
    default:
      return [0.01, 0.35];
  }
};
