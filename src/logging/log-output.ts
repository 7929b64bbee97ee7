/**
 * Writes log lines to standard output without waiting for its reader: the service works, and ends, whatever happens to its log. Unread
 * lines are kept up to a limit in bytes; beyond it, new lines are dropped.
 *
 * The oldest lines are kept, because the beginning of a stall shows its cause, and because the gap is then in one place, marked by a line
 * that says how much is missing. A fatal line is never dropped, since the process ends after it.
 */
import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { DestinationStream } from 'pino';

/** About 5,000 lines, enough for a restart of a log shipper. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** When to try a slow reader again. A pipe holds 64 KiB, so a reader gets more than 1 MB a second. */
const RETRY_MS = 50;
/** How long an exit waits for the reader. `main` reserves a second of the grace period for it. */
const EXIT_WAIT_MS = 300;
const LOOK_AGAIN_MS = 5;

/** How a line of this level begins. */
const FATAL = '{"level":"fatal"';

interface Loss {
  lines: number;
  bytes: number;
}

export interface LogOutputOptions {
  maxWaitingBytes?: number;
  /** Replaces the write, for tests. Throws EAGAIN when the reader is not ready. */
  write?: (bytes: Buffer) => number;
}

export class LogOutput implements DestinationStream {
  /** Lines dropped since the process started. */
  droppedLines = 0;
  private readonly maxWaitingBytes: number;
  private readonly attempt: (bytes: Buffer) => number;
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private unreportedLoss: Loss | null = null;
  private retry: NodeJS.Timeout | null = null;

  constructor(fd: number, { maxWaitingBytes = MAX_WAITING_BYTES, write }: LogOutputOptions = {}) {
    this.maxWaitingBytes = maxWaitingBytes;
    const own = write ? fd : withoutWaiting(fd);
    this.attempt = write ?? ((bytes) => writeSync(own, bytes));
  }

  /** Whether lines are missing that the log does not mention yet. */
  get isDropping(): boolean {
    return this.unreportedLoss !== null;
  }

  write(line: string): void {
    const bytes = Buffer.from(line);
    const isFatal = line.startsWith(FATAL);
    if (!isFatal && !this.hasRoomFor(bytes.length)) {
      this.drop(bytes.length);
      return;
    }
    this.enqueue(bytes);
    if (isFatal || this.retry === null) this.flush();
  }

  /** Waits a short time for the reader. Called before an exit, and by pino after a fatal line. */
  flushSync(): void {
    const deadlineMs = performance.now() + EXIT_WAIT_MS;
    this.flush();
    while (this.waiting.length > 0 && performance.now() < deadlineMs) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_AGAIN_MS);
      this.flush();
    }
  }

  /** After lines were dropped, no line may be added before the one that reports the gap. */
  private hasRoomFor(bytes: number): boolean {
    return (
      this.waiting.length === 0 || (this.unreportedLoss === null && this.waitingBytes + bytes <= this.maxWaitingBytes)
    );
  }

  /** Writes until nothing waits or the reader accepts no more. */
  private flush(): void {
    if (this.retry !== null) clearTimeout(this.retry);
    this.retry = null;
    let done = 0;
    for (let bytes = this.waiting[0]; bytes !== undefined; bytes = this.waiting[done]) {
      const outcome = this.tryOnce(bytes);
      if (outcome === 'later') break;
      if (typeof outcome === 'number') {
        this.waitingBytes -= outcome;
        if (outcome < bytes.length) {
          this.waiting[done] = bytes.subarray(outcome);
          continue;
        }
      } else {
        this.waitingBytes -= bytes.length;
        this.drop(bytes.length);
      }
      done += 1;
      if (done === this.waiting.length && outcome !== 'lost') this.reportLoss();
    }
    this.waiting.splice(0, done);
    if (this.waiting.length > 0) this.retry = setTimeout(() => this.flush(), RETRY_MS).unref();
  }

  /** Returns the number of written bytes. If the reader is gone (EPIPE) or the disk is full, the line is lost and the next is tried. */
  private tryOnce(bytes: Buffer): number | 'later' | 'lost' {
    try {
      return this.attempt(bytes);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 'later' : 'lost';
    }
  }

  private reportLoss(): void {
    if (this.unreportedLoss === null) return;
    const { lines, bytes } = this.unreportedLoss;
    this.unreportedLoss = null;
    const note = {
      level: 'error',
      time: new Date().toISOString(),
      droppedLines: lines,
      droppedBytes: bytes,
      msg: 'log lines are missing here: the reader of the log was too slow',
    };
    this.enqueue(Buffer.from(`${JSON.stringify(note)}\n`));
  }

  private enqueue(bytes: Buffer): void {
    this.waiting.push(bytes);
    this.waitingBytes += bytes.length;
  }

  private drop(bytes: number): void {
    this.droppedLines += 1;
    const { lines = 0, bytes: before = 0 } = this.unreportedLoss ?? {};
    this.unreportedLoss = { lines: lines + 1, bytes: before + bytes };
  }
}

/**
 * Returns a descriptor of the same file, pipe or terminal whose writes fail with EAGAIN instead of waiting. A pipe or a terminal is opened
 * again, since the flag would otherwise affect other processes that write to it. If that is impossible (a socket, a pipe of another
 * user), Node sets the flag, and resets it when the process ends. A file has no reader.
 */
function withoutWaiting(fd: number): number {
  if (fstatSync(fd).isFile()) return fd;
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    // creating the stream sets the flag
    Reflect.get(process, 'stdout');
    return fd;
  }
}

let shared: LogOutput | null = null;

/** The output that all loggers of this process share, and with it the limit and the order of lines. */
export function standardOutput(): LogOutput {
  if (shared === null) {
    const output = new LogOutput(1);
    shared = output;
    process.once('exit', () => output.flushSync());
  }
  return shared;
}
