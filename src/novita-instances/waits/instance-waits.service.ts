/**
 * The requests of this replica that wait for an instance. They wait in memory: the events of an instance wake them, and after a change
 * all who wait for the instance share one read. What is read is judged by a pure function.
 */
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { WaitingConfig } from '../../config/config.js';
import { withoutWaitLimit } from '../../database/wait-limit.js';
import { EventTail } from '../../events/event-tail.js';
import type { StoredEvent } from '../../events/event-log.js';
import { OpenRequests } from '../../events/open-requests.metrics.js';
import { SharedFollowing } from '../../events/shared-following.js';
import type { Log } from '../../logging/log.js';
import { LOG } from '../../logging/logging.module.js';
import { systemTimer } from '../../timetable/timer.js';
import type { Snapshot } from '../domain/instance.js';
import { judgeWait, type WaitVerdict, type WaitWish } from '../domain/wait-verdict.js';
import { INSTANCE_STORE, type InstanceStore } from '../store/instance-store.js';

/** How many instances one statement reads. */
const READ_AT_ONCE = 100;
const READ_AGAIN_MS = 1_000;
/** So many answers take some tens of milliseconds. Other requests are served between them. */
const ANSWERS_AT_ONCE = 50;

/**
 * How a wait ended. `time-up`: not so in time. `gone`: the client has left, and the answer has no reader. `ending`: the service shuts down.
 * `full`: too many wait already.
 */
export type WaitEnd = Exclude<WaitVerdict, { is: 'not-yet' }> | { is: 'time-up' | 'gone' | 'ending' | 'full' };

export interface WaitOutcome {
  end: WaitEnd;
  /** The instance as it was last read. */
  snapshot: Snapshot;
}

export interface Patience {
  seconds: number;
  /** Registers what ends the wait when the client leaves, and returns what takes it back. */
  onGone: (act: () => void) => () => void;
  /** Called once when the request really has to wait. */
  onWait: () => void;
}

interface Waiter {
  wish: WaitWish;
  settle: (end: WaitEnd) => void;
  snapshot: Snapshot;
}

@Injectable()
export class InstanceWaits implements OnModuleDestroy {
  private readonly waiters = new Map<string, Set<Waiter>>();
  private readonly following: SharedFollowing;
  /** Ids of instances that have changed since they were read. */
  private readonly changed = new Set<string>();
  private isReading = false;
  private isEnding = false;

  constructor(
    @Inject(INSTANCE_STORE) private readonly store: InstanceStore,
    @Inject(EventTail) private readonly tail: EventTail,
    private readonly open: OpenRequests,
    private readonly limits: WaitingConfig,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.following = new SharedFollowing(tail, (events) => this.wake(events));
  }

  /** Waits until the wish has come true or cannot, or the time is up. `read` returns the instance; it is called again only when needed. */
  async until(wish: WaitWish, read: () => Promise<Snapshot>, patience: Patience): Promise<WaitOutcome> {
    // what is read from here on shows every event up to this position
    const known = this.tail.position;
    const snapshot = await read();
    const verdict = judgeWait(snapshot, wish);
    if (verdict.is !== 'not-yet') return { end: verdict, snapshot };
    if (patience.seconds <= 0) return { end: { is: 'time-up' }, snapshot };
    if (this.isEnding) return { end: { is: 'ending' }, snapshot };
    if (this.open.waits >= this.limits.maxWaits) return { end: { is: 'full' }, snapshot };
    this.open.waits += 1;
    try {
      patience.onWait();
      return await this.wait({ wish, snapshot }, known, patience);
    } finally {
      this.open.waits -= 1;
    }
  }

  /** Ends all waits, and lets no request wait any more. */
  end(): void {
    this.isEnding = true;
    for (const waiters of [...this.waiters.values()]) {
      for (const { settle } of [...waiters]) settle({ is: 'ending' });
    }
  }

  onModuleDestroy(): void {
    this.end();
  }

  private async wait(
    { wish, snapshot }: Pick<Waiter, 'wish' | 'snapshot'>,
    known: number | null,
    { seconds, onGone }: Patience,
  ): Promise<WaitOutcome> {
    const { id } = snapshot.instance;
    let settle: (end: WaitEnd) => void = () => undefined;
    const ended = new Promise<WaitEnd>((resolve) => {
      settle = resolve;
    });
    const waiter: Waiter = { wish, snapshot, settle };
    const forget = onGone(() => settle({ is: 'gone' }));
    const cancel = systemTimer.after(seconds * 1000, () => settle({ is: 'time-up' }));
    const waiters = this.waiters.get(id) ?? new Set();
    this.waiters.set(id, waiters.add(waiter));
    let leave: (() => void) | null = null;
    try {
      leave = await this.following.join();
      if (this.mayHaveMissed(id, known)) this.readAgain([id]);
      const end = await ended;
      return end.is === 'time-up' ? await this.lookOnceMore(waiter) : { end, snapshot: waiter.snapshot };
    } finally {
      leave?.();
      cancel();
      forget();
      waiters.delete(waiter);
      if (waiters.size === 0 && this.waiters.get(id) === waiters) this.waiters.delete(id);
    }
  }

  /** The answer shows the instance as it is now, also what no event told. The store makes one statement of many such reads. */
  private async lookOnceMore(waiter: Waiter): Promise<WaitOutcome> {
    const snapshot = (await this.store.load(waiter.snapshot.instance.id).catch(() => null)) ?? waiter.snapshot;
    const verdict = judgeWait(snapshot, waiter.wish);
    return { end: verdict.is === 'not-yet' ? { is: 'time-up' } : verdict, snapshot };
  }

  private mayHaveMissed(id: string, known: number | null): boolean {
    const since = known === null ? null : this.tail.after(known);
    return since === null || since.some(({ subject }) => subject.id === id);
  }

  private wake(events: readonly StoredEvent[]): void {
    this.readAgain(events.map(({ subject }) => subject.id).filter((id) => this.waiters.has(id)));
  }

  private readAgain(ids: readonly string[]): void {
    for (const id of ids) this.changed.add(id);
    if (this.isReading || this.changed.size === 0) return;
    this.isReading = true;
    void withoutWaitLimit(() => this.readChanged()).finally(() => {
      this.isReading = false;
      // changed after the last look at the set
      if (this.changed.size > 0) this.readAgain([]);
    });
  }

  private async readChanged(): Promise<void> {
    while (this.changed.size > 0) {
      const ids = [...this.changed].slice(0, READ_AT_ONCE);
      for (const id of ids) this.changed.delete(id);
      const awaited = ids.filter((id) => this.waiters.has(id));
      try {
        // the store makes one statement of them
        const snapshots = await Promise.all(awaited.map((id) => this.store.load(id)));
        for (const snapshot of snapshots) if (snapshot) await this.judge(snapshot);
      } catch (err) {
        this.log.warn({ err }, 'instances that requests wait for could not be read');
        for (const id of awaited) this.changed.add(id);
        await new Promise<void>((resolve) => systemTimer.after(READ_AGAIN_MS, resolve));
      }
    }
  }

  private async judge(snapshot: Snapshot): Promise<void> {
    const waiters = [...(this.waiters.get(snapshot.instance.id) ?? [])];
    for (const [at, waiter] of waiters.entries()) {
      waiter.snapshot = snapshot;
      const verdict = judgeWait(snapshot, waiter.wish);
      if (verdict.is !== 'not-yet') waiter.settle(verdict);
      if (at % ANSWERS_AT_ONCE === ANSWERS_AT_ONCE - 1) await turnOfTheLoop();
    }
  }
}
