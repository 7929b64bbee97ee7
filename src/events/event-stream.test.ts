import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anEvent, EventLogInMemory } from '../../test/support/log-events.js';
import { eventIdOf } from './event-id.js';
import { EventRing } from './event-ring.js';
import { EventStream } from './event-stream.js';

/** A client that reads when the test says so. */
class Response extends EventEmitter {
  writableLength = 0;
  writableEnded = false;
  destroyed = false;
  readonly ids: string[] = [];
  text = '';
  isReading = true;

  write(chunk: string | Buffer): boolean {
    const text = chunk.toString();
    this.text += text;
    this.ids.push(...[...text.matchAll(/^id: (\S+)\nevent/gm)].map(([, id = '']) => id));
    if (!this.isReading) this.writableLength += text.length;
    return this.writableLength === 0;
  }

  readAll(): void {
    this.isReading = true;
    this.writableLength = 0;
    this.emit('drain');
  }
}

class Stage {
  readonly log = new EventLogInMemory();
  readonly response = new Response();
  readonly errors: unknown[] = [];
  nowMs = 0;
  isAway = false;
  private readonly ring: EventRing;
  readonly stream: EventStream;
  private tailPosition: number;

  constructor({ before = 0, from = 0, ringSize = 1_000, types = null as string[] | null } = {}) {
    this.log.append(...Array.from({ length: before }, (_, at) => at + 1));
    this.tailPosition = before;
    this.ring = new EventRing(before, ringSize);
    const tailPosition = () => this.tailPosition;
    const source = {
      get position() {
        return tailPosition();
      },
      after: (position: number) => this.ring.after(position),
      read: (query: Parameters<EventLogInMemory['read']>[0]) =>
        this.isAway ? Promise.reject(new Error('away')) : Promise.resolve(this.log.read(query)),
    };
    const now = (): number => this.nowMs;
    const onError = (error: unknown): void => void this.errors.push(error);
    this.stream = new EventStream(this.response as never, source, types ? { types } : {}, from, now, onError);
  }

  /** Commits events, which the tail hands on. */
  commit(count: number, type = 'status.changed', size = 0): void {
    const events = Array.from({ length: count }, (_, at) =>
      anEvent(this.log.last + at + 1, { type, data: { text: 'x'.repeat(size) } }),
    );
    this.log.events.push(...events);
    this.tailPosition = this.log.last;
    this.ring.add(events);
    this.stream.pump();
  }

  async settle(): Promise<void> {
    for (let turns = 0; turns < 200; turns++) await Promise.resolve();
  }
}

const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => eventIdOf(from + at));

describe('the stream of one client', () => {
  it('joins the backlog and the live events without a gap or a repetition, whatever is committed meanwhile', async () => {
    const anyStage = fc.record({ before: fc.nat(450), from: fc.nat(450), ringSize: fc.integer({ min: 1, max: 60 }) });
    const commits = fc.array(fc.record({ count: fc.integer({ min: 1, max: 90 }), turns: fc.nat(6) }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(anyStage, commits, async (options, all) => {
        const stage = new Stage({ ...options, from: Math.min(options.from, options.before) });
        stage.stream.pump();
        for (const { count, turns } of all) {
          stage.commit(count);
          for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        }
        await stage.settle();
        expect(stage.response.ids).toEqual(ids(Math.min(options.from, options.before) + 1, stage.log.last));
      }),
    );
  });

  it('passes over what its filter omits, in the store and in memory, and tells by its heartbeat how far it is', async () => {
    const stage = new Stage({ before: 250, types: ['instance.created'] });
    stage.stream.pump();
    await stage.settle();
    stage.commit(3);
    stage.commit(1, 'instance.created');
    stage.commit(2);
    expect(stage.response.ids).toEqual([eventIdOf(254)]);
    stage.response.text = '';
    stage.stream.heartbeat();
    expect(stage.response.text).toBe(`: heartbeat\nid: ${eventIdOf(256)}\n\n`);
  });

  it('costs no statement while it keeps up', async () => {
    const stage = new Stage({ before: 5, from: 5 });
    for (let commit = 0; commit < 50; commit++) stage.commit(3);
    await stage.settle();
    expect([stage.log.reads, stage.response.ids.length]).toEqual([0, 150]);
  });

  it('sends no more to a client that does not read, and goes on where it stopped when it does', async () => {
    const stage = new Stage({ ringSize: 40 });
    stage.response.isReading = false;
    stage.nowMs = 7;
    stage.commit(30, 'status.changed', 10_000);
    expect(stage.response.ids.length).toBeLessThan(10);
    expect(stage.stream.overSinceMs).toBe(7);
    const unread = stage.response.writableLength;
    // the memory does not reach back any more
    stage.commit(40, 'status.changed', 10_000);
    stage.stream.heartbeat();
    expect(stage.response.writableLength).toBe(unread);
    stage.response.readAll();
    expect(stage.stream.overSinceMs).toBeNull();
    await stage.settle();
    expect(stage.response.ids).toEqual(ids(1, 70));
  });

  it('tells when its events cannot be read, and writes nothing to a client that has left', async () => {
    const stage = new Stage({ before: 3 });
    stage.isAway = true;
    stage.stream.pump();
    await stage.settle();
    expect(stage.errors).toHaveLength(1);
    stage.isAway = false;
    stage.response.destroyed = true;
    stage.commit(1);
    await stage.settle();
    expect(stage.response.ids).toEqual([]);
  });
});
