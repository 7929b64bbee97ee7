/**
 * Where log lines go. Writing never waits for the reader of standard output: the service serves, and ends, whatever
 * becomes of its log. What the reader does not take waits here, up to a bound in bytes; beyond it, new lines are dropped.
 *
 * The oldest lines are kept and the newest dropped, because the beginning of a stall tells what led to it, and because
 * the gap is then in one place: where the line stands that tells how much is missing. A fatal line is never dropped:
 * the process ends after it.
 */
import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { DestinationStream } from 'pino';

/** Some 5,000 lines: what a log shipper misses while it is restarted. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** How soon a reader that was too slow is tried again. A pipe holds 64 KiB, so a reader gets more than 1 MB in a second. */
const RETRY_MS = 50;
/** How long an exit waits for the reader. main keeps a second of the grace for it. */
const LAST_WORDS_MS = 300;
const LOOK_AGAIN_MS = 5;

/** How pino begins a line of this level. */
const FATAL = '{"level":"fatal"';

interface Loss {
  lines: number;
  bytes: number;
}

export interface LogOutputOptions {
  maxWaitingBytes?: number;
  /** For tests: what writes. Throws EAGAIN when the reader is not ready. */
  write?: (bytes: Buffer) => number;
}

export class LogOutput implements DestinationStream {
  /** Since the process started. */
  droppedLines = 0;
  private readonly maxWaitingBytes: number;
  private readonly attempt: (bytes: Buffer) => number;
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private untold: Loss | null = null;
  private retry: NodeJS.Timeout | null = null;

  constructor(fd: number, { maxWaitingBytes = MAX_WAITING_BYTES, write }: LogOutputOptions = {}) {
    this.maxWaitingBytes = maxWaitingBytes;
    const own = write ? fd : withoutWaiting(fd);
    this.attempt = write ?? ((bytes) => writeSync(own, bytes));
  }

  /** Whether lines are missing that the log does not tell of yet. */
  get isDropping(): boolean {
    return this.untold !== null;
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

  /** Before an exit, and by pino after a fatal line: waits for the reader, but not for long. */
  flushSync(): void {
    const deadlineMs = performance.now() + LAST_WORDS_MS;
    this.flush();
    while (this.waiting.length > 0 && performance.now() < deadlineMs) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_AGAIN_MS);
      this.flush();
    }
  }

  /** Once lines were dropped, others must not slip in before the gap is told. */
  private hasRoomFor(bytes: number): boolean {
    return this.waiting.length === 0 || (this.untold === null && this.waitingBytes + bytes <= this.maxWaitingBytes);
  }

  /** Writes until nothing waits or the reader takes no more. */
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
      if (done === this.waiting.length && outcome !== 'lost') this.tellOfLoss();
    }
    this.waiting.splice(0, done);
    if (this.waiting.length > 0) this.retry = setTimeout(() => this.flush(), RETRY_MS).unref();
  }

  /** Answers with the bytes that were taken. A reader that is gone (EPIPE) and a full disk lose the line, and the next is tried anew. */
  private tryOnce(bytes: Buffer): number | 'later' | 'lost' {
    try {
      return this.attempt(bytes);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 'later' : 'lost';
    }
  }

  private tellOfLoss(): void {
    if (this.untold === null) return;
    const { lines, bytes } = this.untold;
    this.untold = null;
    const note = {
      level: 'error',
      time: new Date().toISOString(),
      droppedLines: lines,
      droppedBytes: bytes,
      msg: 'log lines are missing here: what reads the log did not keep up',
    };
    this.enqueue(Buffer.from(`${JSON.stringify(note)}\n`));
  }

  private enqueue(bytes: Buffer): void {
    this.waiting.push(bytes);
    this.waitingBytes += bytes.length;
  }

  private drop(bytes: number): void {
    this.droppedLines += 1;
    const { lines = 0, bytes: before = 0 } = this.untold ?? {};
    this.untold = { lines: lines + 1, bytes: before + bytes };
  }
}

/**
 * A descriptor of the same thing whose writes fail with EAGAIN instead of waiting. A pipe or a terminal is opened once more,
 * since the flag would also hold for other processes that write to it. What cannot be opened again (a socket, a pipe of
 * another user) gets the flag from the runtime, which takes it back when the process ends. A file has no reader to wait for.
 */
function withoutWaiting(fd: number): number {
  if (fstatSync(fd).isFile()) return fd;
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    // making the stream is what sets the flag
    Reflect.get(process, 'stdout');
    return fd;
  }
}

let shared: LogOutput | null = null;

/** Of this process: all its loggers share one, and with it the bound and the order of lines. */
export function standardOutput(): LogOutput {
  if (shared === null) {
    const output = new LogOutput(1);
    shared = output;
    process.once('exit', () => output.flushSync());
  }
  return shared;
}
