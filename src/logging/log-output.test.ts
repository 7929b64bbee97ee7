import { describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/eventually.js';
import { LogOutput } from './log-output.js';
import { createRootLogger } from './root-logger.js';

/** What reads a log: takes so many bytes and then no more until it is told to. */
class Reader {
  taken = '';
  mood: 'reads' | 'stalls' | 'is gone' = 'reads';
  atOnce = Infinity;

  readonly write = (bytes: Buffer): number => {
    if (this.mood === 'is gone') throw Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    if (this.mood === 'stalls') throw Object.assign(new Error('write EAGAIN'), { code: 'EAGAIN' });
    const part = bytes.subarray(0, this.atOnce);
    this.taken += part.toString();
    return part.length;
  };

  get lines(): Record<string, unknown>[] {
    const lines = this.taken.trimEnd().split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

const logTo = (reader: Reader, maxWaitingBytes = 1_000) => {
  const output = new LogOutput(1, { maxWaitingBytes, write: reader.write });
  return { output, log: createRootLogger({ level: 'info' }, output) };
};

describe('the log of a process', () => {
  it('is written at once while it is read', () => {
    const reader = new Reader();
    const { log } = logTo(reader);
    log.info({ n: 1 }, 'line');
    expect(reader.lines).toMatchObject([{ n: 1, msg: 'line' }]);
  });

  it.each(['headers', 'config', 'password', 'apiKey'])('hides %s, wherever somebody put it by mistake', (name) => {
    const reader = new Reader();
    const { log } = logTo(reader);
    const secret = { authorization: 'Bearer canary' };
    log.info({ [name]: secret, request: { [name]: secret }, n: 1 }, 'line');
    log.child({ [name]: secret }).warn({ [name]: 'canary' }, 'line');
    expect(reader.lines).toMatchObject([
      { [name]: '[redacted]', request: { [name]: '[redacted]' }, n: 1 },
      { [name]: '[redacted]' },
    ]);
    expect(reader.taken).not.toContain('canary');
  });

  it('keeps the order and every byte for a reader that takes a little at a time, and stalls meanwhile', async () => {
    const reader = new Reader();
    const { log, output } = logTo(reader, 1_000_000);
    reader.atOnce = 7;
    for (let n = 0; n < 100; n++) {
      reader.mood = n % 10 === 9 ? 'stalls' : 'reads';
      log.info({ n }, 'line — with letters of more than a byte: ÄÖÜ');
    }
    reader.mood = 'reads';
    await eventually('the last one is there', () => reader.taken.includes('"n":99,'));
    expect(reader.lines.map(({ n }) => n)).toEqual(Array.from({ length: 100 }, (_, n) => n));
    expect(output.droppedLines).toBe(0);
  });

  it('holds no more than its bound, keeps the oldest lines, and tells how many are missing where they are missing', async () => {
    const reader = new Reader();
    const { log, output } = logTo(reader);
    reader.mood = 'stalls';
    for (let n = 0; n < 100; n++) log.info({ n }, 'line');
    const dropped = output.droppedLines;
    expect(dropped).toBeGreaterThan(80);
    expect(output.isDropping).toBe(true);
    reader.mood = 'reads';
    await eventually('the loss is told', () => reader.taken.includes('droppedLines'));
    log.info({ n: 100 }, 'line');
    const kept = Array.from({ length: 100 - dropped }, (_, n) => ({ n, msg: 'line' }));
    expect(reader.lines).toMatchObject([...kept, { level: 'error', droppedLines: dropped }, { n: 100 }]);
    expect(output.isDropping).toBe(false);
  });

  it('has room up to its bound, to the byte', () => {
    const reader = new Reader();
    const { output } = logTo(reader, 10);
    reader.mood = 'stalls';
    for (const line of ['{"n":0}\n', '1\n']) output.write(line);
    expect(output.droppedLines).toBe(0);
  });

  it('lets no line slip in before the gap is told, and tells all bytes that are missing', () => {
    const reader = new Reader();
    const { output } = logTo(reader, 10);
    reader.mood = 'stalls';
    for (const line of ['{"n":0}\n', '"is too long"\n', '1\n']) output.write(line);
    reader.mood = 'reads';
    output.flushSync();
    expect(reader.lines).toMatchObject([{ n: 0 }, { droppedLines: 2, droppedBytes: 16 }]);
  });

  it('drops no fatal line, and waits for its reader before an exit, but not for ever', () => {
    const reader = new Reader();
    const { log, output } = logTo(reader);
    reader.mood = 'stalls';
    for (let n = 0; n < 100; n++) log.info({ n }, 'line');
    // returns although nothing is read
    log.fatal({}, 'the last words');
    output.flushSync();
    expect(reader.taken).toBe('');
    reader.mood = 'reads';
    output.flushSync();
    expect(reader.lines.at(-2)).toMatchObject({ level: 'fatal', msg: 'the last words' });
    expect(reader.lines.at(-1)).toMatchObject({ droppedLines: output.droppedLines });
  });

  it('waits for a reader that comes late to an exit', () => {
    let refusals = 5;
    const reader = new Reader();
    const output = new LogOutput(1, {
      write: (bytes) => {
        reader.mood = refusals-- > 0 ? 'stalls' : 'reads';
        return reader.write(bytes);
      },
    });
    output.write('"the last words"\n');
    output.flushSync();
    expect(reader.lines).toEqual(['the last words']);
  });

  it('outlives its reader, counts what is lost, and tells the next reader', () => {
    const reader = new Reader();
    const { log, output } = logTo(reader);
    reader.mood = 'is gone';
    for (let n = 0; n < 5; n++) log.info({ n }, 'line');
    expect(output.droppedLines).toBe(5);
    reader.mood = 'reads';
    log.info({ n: 5 }, 'line');
    expect(reader.lines).toMatchObject([{ n: 5 }, { droppedLines: 5 }]);
  });
});
