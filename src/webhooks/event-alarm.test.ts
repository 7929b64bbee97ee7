import { expect, it } from 'vitest';
import type { Follower } from '../events/event-tail.js';
import { EventAlarm } from './event-alarm.js';

/** A tail whose events and failures the test makes. */
class Tail {
  readonly followers = new Set<Follower>();
  isAway = false;

  follow(follower: Follower) {
    this.followers.add(follower);
    const ready = this.isAway ? Promise.reject(new Error('the database is away')) : Promise.resolve();
    return { ready, stop: () => void this.followers.delete(follower) };
  }

  commit(): void {
    for (const follower of [...this.followers]) follower([]);
  }
}

const stage = () => {
  const tail = new Tail();
  const time = { ms: 0 };
  const alarm = new EventAlarm(tail, { now: () => new Date(time.ms), monotonicMs: () => time.ms });
  const rung: string[] = [];
  const set = (name: string): void => alarm.set(() => rung.push(name));
  return { tail, time, alarm, rung, set };
};

it('rings for each event as it was set last, and follows once', () => {
  const { tail, rung, set } = stage();
  set('first');
  tail.commit();
  set('second');
  tail.commit();
  expect(tail.followers.size).toBe(1);
  expect(rung).toEqual(['first', 'second']);
});

it('is silent when it is off', () => {
  const { tail, alarm, rung, set } = stage();
  set('on');
  alarm.off();
  tail.commit();
  expect(rung).toEqual([]);
  expect(tail.followers.size).toBe(0);
});

it('lets go of the tail when it was not set again for long', () => {
  const { tail, time, rung, set } = stage();
  set('on');
  time.ms = 5_001;
  tail.commit();
  expect(rung).toEqual([]);
  expect(tail.followers.size).toBe(0);
  set('again');
  tail.commit();
  expect(rung).toEqual(['again']);
});

it('follows anew, when it is set again, after the database was away', async () => {
  const { tail, rung, set } = stage();
  tail.isAway = true;
  set('away');
  await new Promise(setImmediate);
  expect(tail.followers.size).toBe(0);
  tail.isAway = false;
  set('back');
  tail.commit();
  expect(rung).toEqual(['back']);
});
