import { beforeEach, describe, expect, it } from 'vitest';
import { EventLogInMemory } from '../../test/support/log-events.js';
import type { StoredEvent } from './event-log.js';
import { EventTail } from './event-tail.js';

interface Connection {
  announced: () => void;
  lost: (error: Error) => void;
  isOpen: boolean;
  isDeaf: boolean;
}

/** A database whose connections are cut by the test, and timers that end when the test says so. */
class Stage {
  readonly log = new EventLogInMemory();
  readonly connections: Connection[] = [];
  readonly timers = new Set<{ ms: number; run: () => void }>();
  isAway = false;
  /** Awaited by each read. */
  beforeRead: Promise<void> = Promise.resolve();

  readonly tail = new EventTail(
    {
      listen: (on) => {
        if (this.isAway) return Promise.reject(new Error('away'));
        const connection: Connection = { ...on, isOpen: true, isDeaf: false };
        this.connections.push(connection);
        return Promise.resolve({
          lastPosition: () =>
            connection.isOpen && !this.isAway ? Promise.resolve(this.log.last) : Promise.reject(new Error('broken')),
          close: () => {
            connection.isOpen = false;
            return Promise.resolve();
          },
        });
      },
      read: async (after, limit) => {
        await this.beforeRead;
        if (this.isAway) throw new Error('away');
        return this.log.read({ after, limit });
      },
    },
    {
      timer: {
        after: (ms, run) => {
          const timer = { ms, run };
          this.timers.add(timer);
          return () => this.timers.delete(timer);
        },
      },
      random: () => 1,
      log: { warn: () => undefined, info: () => undefined },
    },
  );

  follow(): { seen: number[]; ready: Promise<void>; stop: () => void } {
    const seen: number[] = [];
    const follower = (events: readonly StoredEvent[]): void => {
      seen.push(...events.map(({ position }) => position));
    };
    return { seen, ...this.tail.follow(follower) };
  }

  commit(...positions: number[]): void {
    this.log.append(...positions);
    for (const { announced, isOpen, isDeaf } of this.connections) if (isOpen && !isDeaf) announced();
  }

  /** Ends all timers of at most this length, and lets everything happen that follows from it. */
  async pass(ms: number): Promise<void> {
    for (const timer of [...this.timers].filter((each) => each.ms <= ms)) {
      this.timers.delete(timer);
      timer.run();
    }
    await settled();
  }
}

/** Lets all promises run that wait for nothing but each other. */
const settled = async (): Promise<void> => {
  for (let turns = 0; turns < 50; turns++) await Promise.resolve();
};

const SOON_MS = 50;
const POLL_MS = 3_000;
const LINGER_MS = 30_000;

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});

describe('the tail of the log', () => {
  it('begins with the events that are committed after a follower is ready', async () => {
    stage.log.append(1, 2);
    const { seen, ready } = stage.follow();
    await ready;
    stage.commit(3, 4);
    await settled();
    expect(seen).toEqual([3, 4]);
    expect(stage.tail.position).toBe(4);
  });

  it('reads the events once for all followers, and many commits together', async () => {
    const followers = [stage.follow(), stage.follow(), stage.follow()];
    await Promise.all(followers.map(({ ready }) => ready));
    stage.commit(1);
    await settled();
    for (let position = 2; position <= 50; position++) stage.commit(position);
    await stage.pass(SOON_MS);
    for (const { seen } of followers) expect(seen).toEqual(Array.from({ length: 50 }, (_, at) => at + 1));
    expect(stage.log.reads).toBe(2);
    expect(stage.connections).toHaveLength(1);
  });

  it('catches up page by page', async () => {
    const { seen, ready } = stage.follow();
    await ready;
    stage.commit(...Array.from({ length: 1_200 }, (_, at) => at + 1));
    await settled();
    expect(seen).toHaveLength(1_200);
    expect(stage.log.reads).toBe(3);
  });

  it('has an event that is announced while it starts', async () => {
    const { seen, ready } = stage.follow();
    await Promise.resolve();
    stage.commit(1);
    await ready;
    await settled();
    expect([seen, stage.tail.position]).toEqual([seen.length === 1 ? [1] : [], 1]);
  });

  it('goes on from its last position when the connection was lost, after longer and longer pauses', async () => {
    const { seen, ready } = stage.follow();
    await ready;
    stage.commit(1);
    await settled();
    stage.isAway = true;
    stage.connections[0]?.lost(new Error('cut'));
    await stage.pass(SOON_MS);
    stage.log.append(2, 3);
    const pauses: number[] = [];
    for (let tries = 0; tries < 7; tries++) {
      const [reconnect] = [...stage.timers].filter(({ ms }) => ms !== POLL_MS);
      pauses.push(reconnect?.ms ?? 0);
      await stage.pass(reconnect?.ms ?? 0);
    }
    expect(pauses).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    expect(seen).toEqual([1]);
    stage.isAway = false;
    await stage.pass(5_000);
    expect(seen).toEqual([1, 2, 3]);
    stage.commit(4);
    await stage.pass(SOON_MS);
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  it('finds by its poll what was not announced, and then a connection that is dead', async () => {
    const { seen, ready } = stage.follow();
    await ready;
    const [first] = stage.connections;
    if (!first) throw new Error('no connection');
    first.isDeaf = true;
    stage.commit(1);
    await settled();
    expect(seen).toEqual([]);
    await stage.pass(POLL_MS);
    expect(seen).toEqual([1]);
    first.isOpen = false;
    await stage.pass(POLL_MS);
    await stage.pass(SOON_MS);
    await stage.pass(200);
    expect(stage.connections).toHaveLength(2);
    stage.commit(2);
    await stage.pass(SOON_MS);
    expect(seen).toEqual([1, 2]);
  });

  it('reads again when a read has failed', async () => {
    const { seen, ready } = stage.follow();
    await ready;
    stage.isAway = true;
    stage.commit(1);
    await settled();
    stage.isAway = false;
    await stage.pass(SOON_MS);
    await stage.pass(POLL_MS);
    expect(seen).toEqual([1]);
  });

  it('refuses followers while the database is away, and takes them when it is back', async () => {
    stage.isAway = true;
    const refused = stage.follow();
    await expect(refused.ready).rejects.toThrow('away');
    refused.stop();
    stage.isAway = false;
    const { seen, ready } = stage.follow();
    await ready;
    stage.commit(1);
    await settled();
    expect([seen, refused.seen]).toEqual([[1], []]);
  });

  it('rests a while after the last follower has left, and begins anew with the next', async () => {
    const first = stage.follow();
    await first.ready;
    first.stop();
    expect(stage.connections[0]?.isOpen).toBe(true);
    await stage.pass(LINGER_MS);
    expect(stage.connections[0]?.isOpen).toBe(false);
    expect([...stage.timers]).toEqual([]);
    expect(stage.tail.position).toBeNull();
    stage.commit(1);
    const second = stage.follow();
    await second.ready;
    stage.commit(2);
    await settled();
    expect([first.seen, second.seen]).toEqual([[], [2]]);
  });

  it('hands nothing twice to whoever began while an earlier run was still reading', async () => {
    const first = stage.follow();
    await first.ready;
    let go: () => void = () => undefined;
    stage.beforeRead = new Promise((resolve) => {
      go = resolve;
    });
    stage.commit(1);
    first.stop();
    await stage.pass(LINGER_MS);
    const second = stage.follow();
    await second.ready;
    go();
    stage.commit(2);
    await settled();
    await stage.pass(SOON_MS);
    expect(second.seen).toEqual([2]);
  });

  it('leaves nothing behind when it is closed', async () => {
    const { ready } = stage.follow();
    await ready;
    stage.commit(1);
    await stage.tail.close();
    expect(stage.connections[0]?.isOpen).toBe(false);
    expect([...stage.timers]).toEqual([]);
    await expect(stage.follow().ready).rejects.toThrow('closed');
  });
});
