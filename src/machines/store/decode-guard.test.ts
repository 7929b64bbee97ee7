import { describe, expect, it } from 'vitest';
import { NO_SIGHT } from '../domain/sight.js';
import { decodeFreeze, decodePause, decodeSight } from './decode-guard.js';

const AT = '2026-01-02T03:04:05.678Z';
const DAMAGED = [{}, [], 'text', 5, true, { at: 7, until: 'never', held: 5 }, { why: 'for fun', waitingFor: 'nobody' }];

describe('what is stored of the fleet', () => {
  it('is read as it was written', () => {
    const freeze = { at: new Date(AT), why: 'kill-rate', detail: 'Too many.' };
    expect(decodeFreeze(JSON.parse(JSON.stringify(freeze)))).toEqual(freeze);
    const pause = { until: new Date(AT), waitingFor: 'balance', detail: 'Empty.', tries: 3 };
    expect(decodePause(JSON.parse(JSON.stringify(pause)))).toEqual(pause);
    const span = { from: new Date(AT), to: new Date(AT) };
    const sight = { seenAt: new Date(AT), blindSince: null, held: [span] };
    expect(decodeSight(JSON.parse(JSON.stringify(sight)))).toEqual(sight);
  });

  it('is nothing where there is nothing', () => {
    expect([decodeFreeze(null), decodePause(null), decodeSight(null)]).toEqual([null, null, NO_SIGHT]);
  });

  it.each(DAMAGED)('is a freeze, no pause and no sight when it is %j', (stored) => {
    expect(decodeFreeze(stored)?.detail).toContain('cannot be read');
    expect(decodePause(stored)).toBeNull();
    expect(decodeSight(stored)).toEqual(NO_SIGHT);
  });

  it('keeps those spans of its sight that can be read', () => {
    const span = { from: AT, to: AT };
    expect(decodeSight({ seenAt: 'never', blindSince: AT, held: [null, { from: AT }, span] })).toEqual({
      seenAt: null,
      blindSince: new Date(AT),
      held: [{ from: new Date(AT), to: new Date(AT) }],
    });
  });
});
