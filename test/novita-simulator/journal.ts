import { openSync, writeSync } from 'node:fs';
import type { FaultSpec } from './faults.js';
import type { Status } from './machine.js';
import type { RequestKind } from './request-log.js';

/** One thing that truly happened. Times are milliseconds since 1970. */
export type JournalEntry =
  | { what: 'made'; at: number; machineId: string; name: string; foreign: boolean }
  | { what: 'status'; at: number; machineId: string; status: Status }
  /** A request that spends or releases had its effect, which can be long after it came, and although it got another answer. */
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
 * An append-only account of what truly happened, one line of JSON each, written before anybody is answered: it is there to be
 * read whatever becomes of the simulator, of its callers, and of their databases.
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
