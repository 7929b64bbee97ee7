import { describe, expect, it } from 'vitest';
import { replayRangeOf, type WantedRange } from './replay-range.js';

const NOW = new Date('2026-01-02T00:00:00Z');
const FIRST = 'evt_1767225600000000';
const LAST = 'evt_1767225600000009';

describe('the range of a replay', () => {
  it.each<[string, WantedRange, object]>([
    ['an event', { fromEvent: FIRST }, { after: 1767225599999999, upTo: Infinity }],
    ['two events', { fromEvent: FIRST, toEvent: LAST }, { after: 1767225599999999, upTo: 1767225600000009 }],
    ['one event', { fromEvent: LAST, toEvent: LAST }, { after: 1767225600000008, upTo: 1767225600000009 }],
    [
      'a time, with a margin for clocks that differ',
      { from: '2026-01-01T00:00:00Z' },
      { after: Date.parse('2025-12-31T00:00:00Z') * 1000, upTo: Infinity, since: new Date('2026-01-01T00:00:00Z') },
    ],
    [
      'two times, in different time zones',
      { from: '2026-01-01T00:00:00+01:00', to: '2026-01-01T00:00:00Z' },
      {
        after: Date.parse('2025-12-30T23:00:00Z') * 1000,
        upTo: Infinity,
        since: new Date('2025-12-31T23:00:00Z'),
        until: new Date('2026-01-01T00:00:00Z'),
      },
    ],
    ['now', { from: NOW.toISOString(), to: NOW.toISOString() }, { since: NOW, until: NOW }],
    ['a time before 1970', { from: '1960-01-01T00:00:00Z' }, { after: 0 }],
  ])('is from %s', (_, wanted, range) => {
    const { pointer, ...found } = { pointer: undefined, ...replayRangeOf(wanted, NOW) };
    expect(pointer).toBeUndefined();
    expect(found).toMatchObject(range);
  });

  it.each<[string, WantedRange, string]>([
    ['nothing', {}, '/fromEvent'],
    ['only an end', { toEvent: LAST }, '/fromEvent'],
    ['only the time of an end', { to: '2026-01-01T00:00:00Z' }, '/from'],
    ['an event and a time', { fromEvent: FIRST, from: '2026-01-01T00:00:00Z' }, '/fromEvent'],
    ['a time, to an event', { from: '2026-01-01T00:00:00Z', toEvent: LAST }, '/toEvent'],
    ['an event, to a time', { fromEvent: FIRST, to: '2026-01-01T00:00:00Z' }, '/fromEvent'],
    ['events in the wrong order', { fromEvent: LAST, toEvent: FIRST }, '/toEvent'],
    ['times in the wrong order', { from: '2026-01-01T00:00:01Z', to: '2026-01-01T00:00:00Z' }, '/to'],
    ['a beginning in the future', { from: '2026-01-02T00:00:00.001Z' }, '/from'],
    ['an end in the future', { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00.001Z' }, '/to'],
  ])('is refused for %s', (_, wanted, pointer) => {
    expect(replayRangeOf(wanted, NOW)).toEqual({ pointer, detail: expect.stringMatching(/must|required/) as string });
  });
});
