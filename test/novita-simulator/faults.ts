import { SeededRandom } from './seeded-random.js';

/**
 * A fault makes one request go wrong. Without `after` or `execute…` the request has no effect. Name at most one wrong answer. With none,
 * the normal answer is delayed, or its list is changed.
 */
export interface FaultSpec {
  /** Act on the request first, then answer wrongly: a lost answer. */
  after?: boolean;
  /** Act on the request this long after the wrong answer, as if it lingered in a queue. */
  executeLateMs?: number;
  /** The same, but after an event instead of a time. */
  executeUpon?: Promise<unknown>;
  /** Wait this long before answering (and, without `after`, before acting). */
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
  /** Answer with this: a string unchanged, anything else as JSON. Status 200 unless `status` is given. */
  body?: unknown;
  contentType?: string;
  /** 200 (or `status`) without a body. */
  emptyBody?: boolean;
  /** A gateway's HTML page, 502 unless `status` is given. */
  htmlError?: boolean;
  /** 200 with bytes that are not JSON. */
  garbage?: boolean;
  /** Acts, answers 200 with the first half of the right answer, then closes the connection. */
  partialJson?: boolean;
  /** 302 to this address (true: an address without a server). */
  redirect?: string | true;
  /** 200 with this many bytes of JSON. */
  hugeBody?: number;

  /** For listInstances: machines younger than this, in milliseconds, are not listed yet. */
  listLag?: number;
  /** For listInstances: these machine ids are omitted. */
  hide?: string[];
}

export type Fault = FaultSpec | 'drop' | 'hang' | 'emptyBody' | 'htmlError' | 'garbage' | 'partialJson';

/** Which requests go wrong. Keys are operation ids of the contract, or `*` for all; unknown keys throw. */
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

  /** A random share of the requests of this operation until {@link clear}: 0.02 is two of a hundred on average. */
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

  /** How many faults for single requests have not been used yet. */
  get waiting(): number {
    return this.once.length;
  }

  /** The fault for an incoming request. A fault for a single request is used up. */
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

/** True when the fault replaces the answer; false when it only delays it or shortens its list. */
export function spoilsAnswer(fault: FaultSpec): boolean {
  const { drop, hang, status, body, emptyBody, htmlError, garbage, partialJson, redirect, hugeBody } = fault;
  const { executeLateMs, executeUpon } = fault;
  const wrong = [
    ...[drop, hang, status, body, emptyBody, htmlError, garbage, partialJson, redirect, hugeBody],
    ...[executeLateMs, executeUpon],
  ];
  return wrong.some((value) => value !== undefined && value !== false);
}
