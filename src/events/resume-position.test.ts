import { expect, it } from 'vitest';
import { addSeconds } from '../time/clock.js';
import { beginningOf, keptDaysOf } from './resume-position.js';

const NOW = new Date('2026-06-01T00:00:00.000Z');
const daysAgo = (days: number): Date => addSeconds(NOW, -days * 86_400);

it.each([
  ['an event', 7, daysAgo(1), 90, { after: 7 }],
  ['an event that is nearly too old', 7, daysAgo(90), 90, { after: 7 }],
  ['an event that is too old', 7, daysAgo(90.1), 90, { resync: 'expired' }],
  ['an old event where all are kept', 7, daysAgo(900), null, { after: 7 }],
  ['no event', 7, null, 90, { resync: 'unknown' }],
  ['no id', null, null, 90, { resync: 'unknown' }],
  ['the position before all events', 0, null, 90, { after: 0 }],
] as const)('%s', (_what, position, happenedAt, keptDays, beginning) => {
  expect(beginningOf({ position, happenedAt, now: NOW, keptDays })).toEqual(beginning);
});

it('keeps as long as the shortest setting says, and 0 is for ever', () => {
  expect([keptDaysOf([90, 30]), keptDaysOf([0, 30]), keptDaysOf([0, 0])]).toEqual([30, 30, null]);
});
