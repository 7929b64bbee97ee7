/** The kind of a request: deletes and stops save money, creates spend it. */
export type RequestKind = 'read' | 'create' | 'release' | 'other';

export interface LoggedRequest {
  /** Arrival, milliseconds since 1970. */
  at: number;
  method: string;
  path: string;
  operation: string;
  kind: RequestKind;
  query: Record<string, string>;
  bodyKeys: string[];
  /** The machine that the request names or made. */
  machineId: string | null;
  /** Null: not answered, or not yet. */
  status: number | null;
  /** Whether a fault was applied. */
  faulty: boolean;
}

/** Every request to the API, in order of arrival. */
export class RequestLog {
  readonly entries: LoggedRequest[] = [];

  add(entry: LoggedRequest): LoggedRequest {
    this.entries.push(entry);
    return entry;
  }

  /** The number of requests of an operation (`listInstances`), or of all. */
  count(operation?: string): number {
    return operation === undefined
      ? this.entries.length
      : this.entries.filter((entry) => entry.operation === operation).length;
  }

  countByOperation(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { operation } of this.entries) counts[operation] = (counts[operation] ?? 0) + 1;
    return counts;
  }

  /** Requests in the last `windowMs` before `now`. */
  recent(now: number, windowMs: number, kind?: RequestKind): number {
    // Searches from the end: the rate limit asks this for every request, and the log only grows.
    let found = 0;
    for (let index = this.entries.length - 1; index >= 0; index -= 1) {
      const entry = this.entries[index];
      if (entry === undefined || entry.at <= now - windowMs) break;
      if (kind === undefined || entry.kind === kind) found += 1;
    }
    return found;
  }

  /** The most requests in any window of this length. */
  peak(windowMs: number, kind?: RequestKind): number {
    const times = this.entries.filter((entry) => kind === undefined || entry.kind === kind).map((entry) => entry.at);
    let first = 0;
    let most = 0;
    times.forEach((time, index) => {
      while ((times[first] ?? time) <= time - windowMs) first += 1;
      most = Math.max(most, index - first + 1);
    });
    return most;
  }
}
