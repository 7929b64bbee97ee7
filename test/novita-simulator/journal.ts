import { openSync, writeSync } from 'node:fs';
import type { FaultSpec } from './faults.js';
import type { Status } from './machine.js';
import type { RequestKind } from './request-log.js';

/** Something that really happened. Times are milliseconds since 1970. */
export type JournalEntry =
  | { what: 'made'; at: number; machineId: string; name: string; foreign: boolean }
  | { what: 'status'; at: number; machineId: string; status: Status }
  /** A create, start, stop or delete took effect, possibly long after it came, and even if its answer said otherwise. */
  | {
      what: 'done';
      at: number;
      arrivedAt: number;
      operation: string;
      kind: RequestKind;
      machineId: string | null;
      status: number;
      fault: FaultSpec | null;
    };

/**
 * An append-only record of what really happened, one JSON line each, written before the answer is sent. It can be read whatever happens to
 * the simulator, its clients and their databases.
 */
export class Journal {
  private readonly file: number | null;

  constructor(path: string | undefined) {
    this.file = path === undefined ? null : openSync(path, 'a');
  }

  write(entry: JournalEntry): void {
    if (this.file !== null) writeSync(this.file, `${JSON.stringify(entry)}\n`);
  }
}
