import { expect, it } from 'vitest';
import { anEvent } from '../../test/support/log-events.js';
import { EventRing } from './event-ring.js';

const positions = (ring: EventRing, after: number) => ring.after(after)?.map(({ position }) => position) ?? null;

it('has the newest events, and says from where on it has all', () => {
  const ring = new EventRing(10, 3);
  expect([positions(ring, 9), positions(ring, 10), positions(ring, 11)]).toEqual([null, [], []]);
  ring.add([anEvent(12), anEvent(15)]);
  expect([9, 10, 11, 12, 14, 15, 16].map((after) => positions(ring, after))).toEqual([
    null,
    [12, 15],
    [12, 15],
    [15],
    [15],
    [],
    [],
  ]);
  ring.add([anEvent(16), anEvent(19)]);
  // 12 is dropped: what comes after it is complete
  expect([11, 12, 15, 18, 19].map((after) => positions(ring, after))).toEqual([null, [15, 16, 19], [16, 19], [19], []]);
  ring.add([20, 21, 22, 23, 24].map((position) => anEvent(position)));
  expect([positions(ring, 20), positions(ring, 21)]).toEqual([null, [22, 23, 24]]);
});
