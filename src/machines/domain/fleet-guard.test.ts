import { describe, expect, it } from 'vitest';
import { at, OPEN } from '../../../test/support/snapshot-builder.js';
import {
  distrust,
  freezeForKills,
  guardAfterPass,
  holdOf,
  isStaleCommand,
  killLimit,
  killsCountSince,
  NEW_GUARD,
  resume,
  type Census,
  type Freeze,
  type FreezeReason,
  type Guard,
} from './fleet-guard.js';

const frozen = (why: FreezeReason = 'kill-rate', seconds = 0): Freeze => ({ at: at(seconds), why, detail: 'look' });
const guard = (changes: Partial<Guard> = {}): Guard => ({ ...NEW_GUARD, verifiedAt: at(0), ...changes });
const unknowns = (count: number, madeAt = at(0)): Census['unknown'] =>
  Array.from({ length: count }, (_, index) => ({ machineId: `m${index}`, madeAt }));
const census = (changes: Partial<Census> = {}): Census => ({ unknown: [], expected: 0, missing: 0, ...changes });

describe('what the guard holds', () => {
  it.each<[string, Partial<Guard>, number, string | null]>([
    ['nothing after a complete list', {}, 0, null],
    ['nothing until that list is five minutes old', {}, 300, null],
    ['everything when it is older', {}, 300.001, 'unverified'],
    ['everything before the first list', { verifiedAt: null }, 0, 'unverified'],
    ['everything while the database is distrusted', { distrustedAt: at(0) }, 0, 'unverified'],
    ['everything while frozen, however fresh the list', { frozen: frozen() }, 0, 'frozen'],
    ['nothing for paused creates: they hold only themselves', { createsPaused: null }, 0, null],
  ])('%s', (_, changes, seconds, waitingFor) => {
    expect(holdOf(guard(changes), at(seconds))?.waitingFor ?? null).toBe(waitingFor);
  });

  it('a freeze says why, in the words that it was given', () => {
    expect(holdOf(guard({ frozen: frozen('unknown-machines') }), at(0))?.detail).toMatch(/unknown-machines.*look/);
  });

  it.each([
    ['before', 9, true],
    ['at the time of', 10, true],
    ['after', 11, false],
  ])('a command from %s the freeze is stale: %s s, %s', (_, wantedAt, stale) => {
    expect(isStaleCommand(at(wantedAt), guard({ frozen: frozen('kill-rate', 10) }), at(1000))).toBe(stale);
  });

  it.each([
    [299, false],
    [300, true],
    [301, true],
  ])('without a freeze a command that is %i s old: stale %s', (seconds, stale) => {
    expect(isStaleCommand(at(0), guard(), at(seconds))).toBe(stale);
  });
});

describe('the breaker on kills', () => {
  it.each([
    [0, 3],
    [60, 3],
    [79, 3],
    [80, 4],
    [5000, 250],
  ])('of a fleet of %i allows %i an hour', (fleet, limit) => {
    expect(killLimit(fleet)).toBe(limit);
  });

  it('counts an hour back, but nothing from before a person’s word', () => {
    expect(killsCountSince(guard(), at(7200))).toEqual(at(3600));
    expect(killsCountSince(guard({ resumedAt: at(3500) }), at(7200))).toEqual(at(3600));
    expect(killsCountSince(guard({ resumedAt: at(7000) }), at(7200))).toEqual(at(6995));
  });

  it('freezes, and leaves an earlier freeze as it is', () => {
    expect(freezeForKills(guard(), at(5), 3).frozen).toMatchObject({ at: at(5), why: 'kill-rate' });
    const already = guard({ frozen: frozen('restored-database') });
    expect(freezeForKills(already, at(5), 3)).toEqual(already);
  });
});

describe('a complete walk', () => {
  const after = (changes: Partial<Census>, before: Partial<Guard> = {}, startedAt = at(60)): Guard =>
    guardAfterPass(guard(before), census(changes), startedAt);

  it('that shows nothing alarming verifies the fleet as of its beginning, and ends distrust', () => {
    const distrusted = { distrustedAt: at(54), verifiedAt: at(0) };
    expect(after({}, distrusted)).toMatchObject({ verifiedAt: at(60), distrustedAt: null, frozen: null });
  });

  it('that began before the database lost commits, by clocks that may differ, verifies nothing', () => {
    const distrusted = { distrustedAt: at(55), verifiedAt: at(0) };
    expect(after({}, distrusted)).toEqual(guard(distrusted));
    expect(after({}, distrusted, at(50))).toEqual(guard(distrusted));
  });

  it.each<[string, Partial<Census>, Partial<Guard>, FreezeReason | null]>([
    ['three unknown machines', { unknown: unknowns(3) }, {}, null],
    ['four unknown machines', { unknown: unknowns(4) }, {}, 'unknown-machines'],
    ['one unknown machine, an hour younger than the last list', { unknown: unknowns(1, at(3600)) }, {}, null],
    ['one that is younger still', { unknown: unknowns(1, at(3601)) }, {}, 'restored-database'],
    ['one such on the very first list', { unknown: unknowns(1, at(9999)) }, { verifiedAt: null }, null],
    ['half of the fleet gone', { expected: 4, missing: 2 }, {}, null],
    ['more than half of the fleet gone', { expected: 4, missing: 3 }, {}, 'fleet-vanished'],
    ['all of a very small fleet gone', { expected: 3, missing: 3 }, {}, null],
    ['the fleet gone within an hour of a person’s word', { expected: 9, missing: 9 }, { resumedAt: at(-3539) }, null],
    ['the fleet gone, and the word is old', { expected: 9, missing: 9 }, { resumedAt: at(-3540) }, 'fleet-vanished'],
  ])('%s: %#', (_, seen, before, why) => {
    const { frozen: freeze, verifiedAt } = after(seen, before);
    expect(freeze?.why ?? null).toBe(why);
    // an alarming list verifies nothing
    expect(verifiedAt).toEqual(why ? at(0) : at(60));
  });

  it.each([
    ['began before a person’s word', 60, true],
    ['began as it came, by another clock', 55, true],
    ['began after it', 54, false],
  ])('that %s says nothing new: %#', (_, resumed, isOld) => {
    const before = { resumedAt: at(resumed) };
    expect(after({ unknown: unknowns(9) }, before).frozen === null).toBe(isOld);
    expect(after({}, before).verifiedAt).toEqual(isOld ? at(0) : at(60));
  });

  it('that alarms again does not change why and when it froze', () => {
    const first = frozen('restored-database', 1);
    expect(after({ unknown: unknowns(9) }, { frozen: first }).frozen).toEqual(first);
  });

  it.each<[FreezeReason, boolean]>([
    ['fleet-vanished', false],
    ['unknown-machines', true],
    ['restored-database', true],
    ['kill-rate', true],
  ])('that is quiet again leaves a freeze for %s: %s', (why, stays) => {
    expect(after({}, { frozen: frozen(why) }).frozen !== null).toBe(stays);
  });
});

describe('a person’s word and a database that went back', () => {
  it('the word ends a freeze and is dated; without a freeze there is nothing to end', () => {
    expect(resume(guard({ frozen: frozen() }), at(9))).toMatchObject({ frozen: null, resumedAt: at(9) });
    expect(resume(guard(), at(9))).toBeNull();
  });

  it('distrust holds until a list, and the epoch never goes back', () => {
    expect(distrust({ ...OPEN, epoch: 3 }, 8, at(7))).toMatchObject({ epoch: 8, distrustedAt: at(7) });
    expect(distrust({ ...OPEN, epoch: 9 }, 8, at(7))).toMatchObject({ epoch: 9 });
    expect(holdOf(distrust(OPEN, 1, at(0)), at(0))?.waitingFor).toBe('unverified');
  });

  it('a database that loses commits while frozen makes the commands stale that it still knows', () => {
    const before = guard({ frozen: frozen('fleet-vanished', 3) });
    const after = distrust(before, 8, at(9));
    expect([before, after].map((one) => isStaleCommand(at(5), one, at(10)))).toEqual([false, true]);
    expect(after.frozen).toMatchObject({ why: 'fleet-vanished', detail: 'look' });
  });
});
