import { SeededRandom } from './seeded-random.js';

/**
 * A fault makes one request go wrong. Without `after` or `execute…` the request has no effect. Name at most one wrong answer;
 * with none the answer is the normal one, only delayed or with a changed list.
 */
export interface FaultSpec {
  /** Act on the request first, then answer wrongly: the lost answer. */
  after?: boolean;
  /** Act on it only so long after the wrong answer went out: the request that lingers in a queue. */
  executeLateMs?: number;
  /** The same, but when this has happened instead of after a time. */
  executeUpon?: Promise<unknown>;
  /** Wait so long before answering (and, without `after`, before acting). */
  delayMs?: number;

  /** Reset the connection. */
  drop?: boolean;
  /** Never answer. */
  hang?: boolean;
  /** Answer with an error of Novita's shape; `reason` and `message` have defaults. */
  status?: number;
  reason?: string;
  message?: string;
  /** `Retry-After` in seconds. */
  retryAfter?: number;
  /** Answer with exactly this: a string as it is, anything else as JSON. Status 200 unless `status` is given. */
  body?: unknown;
  contentType?: string;
  /** 200 (or `status`) with no body at all. */
  emptyBody?: boolean;
  /** A gateway's HTML page, 502 unless `status` is given. */
  htmlError?: boolean;
  /** 200 with bytes that are no JSON. */
  garbage?: boolean;
  /** Acts, answers 200 with the first half of the right answer, then closes the connection. */
  partialJson?: boolean;
  /** 302 to this address (true: an address that nobody serves). */
  redirect?: string | true;
  /** 200 with so many bytes of JSON. */
  hugeBody?: number;

  /** On listInstances: machines younger than so many milliseconds are not listed yet. */
  listLag?: number;
  /** On listInstances: these machine ids are left out. */
  hide?: string[];
}

export type Fault = FaultSpec | 'drop' | 'hang' | 'emptyBody' | 'htmlError' | 'garbage' | 'partialJson';

/** Which requests go wrong. Keys are operation ids of the contract, or `*` for all; others throw, since they would never strike. */
export class Faults {
  private readonly once: { operation: string; fault: FaultSpec }[] = [];
  private readonly standing = new Map<string, FaultSpec>();
  private readonly chances: { operation: string; fault: FaultSpec; share: number }[] = [];

  constructor(
    private readonly operations: readonly string[],
    private readonly random = new SeededRandom(1),
  ) {}

  /** The next request of this operation (or the next `times` of them). */
  next(operation: string, fault: Fault, times = 1): void {
    this.expectKnown(operation);
    for (let time = 0; time < times; time += 1) this.once.push({ operation, fault: asSpec(fault) });
  }

  /** Every request of this operation until {@link clear}. */
  always(operation: string, fault: Fault): void {
    this.expectKnown(operation);
    this.standing.set(operation, asSpec(fault));
  }

  /** This share of the requests of this operation until {@link clear}: 0.02 is two of a hundred, as chance has it. */
  sometimes(operation: string, fault: Fault, share: number): void {
    this.expectKnown(operation);
    if (!(share >= 0 && share <= 1)) throw new Error('share must be a number from 0 to 1');
    this.chances.push({ operation, fault: asSpec(fault), share });
  }

  clear(): void {
    this.once.length = 0;
    this.chances.length = 0;
    this.standing.clear();
  }

  /** How many of the faults for single requests still wait for theirs. */
  get waiting(): number {
    return this.once.length;
  }

  /** The fault for a request that has just come in; used up when it was for one only. */
  take(operation: string): FaultSpec | null {
    const index = this.once.findIndex((entry) => entry.operation === operation || entry.operation === '*');
    if (index >= 0) return this.once.splice(index, 1)[0]?.fault ?? null;
    return this.standing.get(operation) ?? this.standing.get('*') ?? this.byChance(operation);
  }

  private byChance(operation: string): FaultSpec | null {
    const striking = this.chances.find(
      (entry) => (entry.operation === operation || entry.operation === '*') && this.random.next() < entry.share,
    );
    return striking?.fault ?? null;
  }

  private expectKnown(operation: string): void {
    if (operation !== '*' && !this.operations.includes(operation)) throw new Error(`no operation ${operation}`);
  }
}

function asSpec(fault: Fault): FaultSpec {
  return typeof fault === 'string' ? { [fault]: true } : fault;
}

/** True when the fault replaces the answer; false when it only delays or thins it. */
export function spoilsAnswer(fault: FaultSpec): boolean {
  const { drop, hang, status, body, emptyBody, htmlError, garbage, partialJson, redirect, hugeBody } = fault;
  const { executeLateMs, executeUpon } = fault;
  const wrong = [
    ...[drop, hang, status, body, emptyBody, htmlError, garbage, partialJson, redirect, hugeBody],
    ...[executeLateMs, executeUpon],
  ];
  return wrong.some((value) => value !== undefined && value !== false);
}
