import { describe, expect, it } from 'vitest';
import {
  aMachine,
  anAttempt,
  anInstance,
  at,
  holding,
  OPEN,
  POLICY,
  T0,
  told,
} from '../../test/support/snapshot-builder.js';
import type { Attempt, Snapshot } from '../novita-instances/domain/instance.js';
import type { Machine } from '../machines/domain/machine.js';
import { disprovedOf } from '../novita-instances/domain/disproved-word.js';
import { hearAbsent, hearGone, type Heard } from './hear-operator.js';
import { planNextStep } from '../novita-instances/planners/plan-next-step.js';
import { SEEN_LATELY_SECONDS } from '../novita-instances/domain/policy.js';

const inDoubt = (changes: Partial<Attempt> = {}, machines: Machine[] = []): Snapshot =>
  told({
    instance: anInstance(),
    attempts: [anAttempt({ state: 'AMBIGUOUS', machineId: null, decidedAt: null, settleAfter: at(120), ...changes })],
    machines,
  });

const codeOf = (heard: Heard<unknown>): string => (heard.kind === 'refused' ? heard.code : heard.kind);

describe('the word that a create made no machine', () => {
  it('is taken when the settle window is over, and the instance buys again', () => {
    const heard = hearAbsent(inDoubt(), 1, null, at(120));
    if (heard.kind !== 'believed') throw new Error(heard.kind);
    const { attempts } = heard.change;
    expect(attempts).toMatchObject([{ number: 1, state: 'ABSENT', reason: 'DECLARED_ABSENT', decidedAt: at(120) }]);
    expect(planNextStep(told({ ...inDoubt(), attempts }), OPEN, at(120), POLICY)).toEqual({ do: 'place' });
  });

  it('is refused until then, with the seconds that are left', () => {
    expect(hearAbsent(inDoubt(), 1, null, at(119.5))).toMatchObject({
      kind: 'refused',
      code: 'ATTEMPT_NOT_SETTLED',
      retryAfterSeconds: 0.5,
    });
  });

  it('changes nothing when the attempt is absent already, by proof or by a word', () => {
    for (const reason of ['AMBIGUOUS', 'DECLARED_ABSENT']) {
      expect(hearAbsent(inDoubt({ state: 'ABSENT', reason }), 1, null, at(1e6))).toEqual({ kind: 'unchanged' });
    }
  });

  it.each<[string, Snapshot, number, string | null, string]>([
    ['there is no such attempt', inDoubt(), 2, null, 'ATTEMPT_NOT_FOUND'],
    ['its machine is known', inDoubt({}, [aMachine('running')]), 1, null, 'ATTEMPT_HAS_MACHINE'],
    ['a stranger carries its tag in its environment', inDoubt(), 1, 'm9', 'ATTEMPT_HAS_MACHINE'],
    ...(['SENDING', 'ACCEPTED', 'REJECTED', 'NOT_SENT', 'SUPERSEDED'] as const).map(
      (state): [string, Snapshot, number, null, string] => [
        `it is ${state}`,
        inDoubt({ state }),
        1,
        null,
        'ATTEMPT_NOT_IN_DOUBT',
      ],
    ),
  ])('is refused when %s', (_, snapshot, number, suspectId, code) => {
    expect(codeOf(hearAbsent(snapshot, number, suspectId, at(1e6)))).toBe(code);
  });

  it('is taken when the machine of the attempt was there and is gone, or another attempt has one', () => {
    const gone = aMachine('running', { goneAt: at(60) });
    const another = aMachine('running', { attemptNumber: 7 });
    for (const machine of [gone, another]) {
      expect(hearAbsent(inDoubt({}, [machine]), 1, null, at(1e6)).kind).toBe('believed');
    }
  });
});

describe('the word that a machine is gone', () => {
  const late = at(SEEN_LATELY_SECONDS);
  const running = aMachine('running');
  const surplus = aMachine('running', { machineId: 'm2', condemnedAt: at(1) });
  const released = { code: 'READINESS_TIMEOUT', message: '', at: T0, machine: 'release' } as const;
  const toGo: [string, Snapshot, string][] = [
    ['the machine of a deleted instance', holding(running, anInstance({ desired: 'deleted' })), 'm1'],
    [
      'a machine that appeared when its instance was deleted',
      told({ ...holding(surplus, anInstance({ desired: 'deleted' })), machines: [surplus] }),
      'm2',
    ],
    ['a condemned machine', { ...holding(running), machines: [running, surplus] }, 'm2'],
    ['a machine that a failure deletes', holding(running, anInstance({}, { failure: released })), 'm1'],
  ];

  it.each(toGo)('is taken for %s, when it has not been seen for long', (_, snapshot, machineId) => {
    const heard = hearGone(snapshot, machineId, late);
    expect(heard).toMatchObject({ kind: 'believed', change: { machine: { machineId } } });
  });

  it.each(toGo)('is refused for %s while it was seen lately', (_, snapshot, machineId) => {
    const early = new Date(late.getTime() - 1);
    expect(hearGone(snapshot, machineId, early)).toMatchObject({
      code: 'MACHINE_SEEN_LATELY',
      retryAfterSeconds: 0.001,
    });
  });

  it('is refused for a machine that its instance wants, or that nobody has condemned', () => {
    const stopped = { ...released, machine: 'stop' } as const;
    const twin = aMachine('running', { machineId: 'm2' });
    expect(codeOf(hearGone(holding(running), 'm1', at(1e6)))).toBe('MACHINE_NOT_LEAVING');
    expect(codeOf(hearGone(holding(running, anInstance({}, { failure: stopped })), 'm1', at(1e6)))).toBe(
      'MACHINE_NOT_LEAVING',
    );
    const twins = { ...holding(running, anInstance({}, { failure: released })), machines: [running, twin] };
    expect(codeOf(hearGone(twins, 'm2', at(1e6)))).toBe('MACHINE_NOT_LEAVING');
    expect(codeOf(hearGone(holding(running), 'm9', at(1e6)))).toBe('MACHINE_NOT_FOUND');
  });

  it('changes nothing when it is gone already', () => {
    const gone = holding(aMachine('running', { goneAt: at(1) }), anInstance({ desired: 'deleted' }));
    expect(hearGone(gone, 'm1', at(1))).toEqual({ kind: 'unchanged' });
  });
});

describe('a word that turns out to be wrong', () => {
  const declaredAbsent = anAttempt({ state: 'ABSENT', reason: 'DECLARED_ABSENT', machineId: null });
  const mark = { since: T0, tries: 0, notBefore: T0, outcome: 'declared-gone', said: null };
  const other = { ...mark, outcome: 'acknowledged' };
  const absent = inDoubt(declaredAbsent, [aMachine('running')]);
  const gone = holding(aMachine('running'), anInstance({ desired: 'deleted' }, { releases: { m1: mark, m3: other } }));

  it.each<[string, Snapshot]>([
    ['absent', absent],
    ['gone', gone],
  ])('(%s) is told before the machine is touched, and once', (said, snapshot) => {
    const step = planNextStep(snapshot, OPEN, at(1e6), POLICY);
    if (step.do !== 'disprove') throw new Error(step.do);
    expect(step.disproved).toMatchObject({ said, machine: { machineId: 'm1' } });
    const { change } = step.disproved;
    const { instance } = snapshot;
    const after: Snapshot =
      'attempts' in change
        ? { ...snapshot, attempts: change.attempts }
        : { ...snapshot, instance: { ...instance, progress: { ...instance.progress, ...change.progress } } };
    expect(disprovedOf(after)).toBeNull();
    expect(planNextStep(after, OPEN, at(1e6), POLICY)).toMatchObject({
      do: said === 'absent' ? 'adopt' : 'delete-machine',
    });
  });

  it('leaves the marks of other machines, and says in the attempt what was said', () => {
    expect(disprovedOf(gone)?.change).toEqual({ progress: { releases: { m3: other } } });
    expect(disprovedOf(absent)?.change).toMatchObject({
      attempts: [{ state: 'ABSENT', reason: 'DISPROVED', message: expect.stringContaining('m1') as unknown }],
    });
  });

  it('is none while the machine is not there', () => {
    const known = [aMachine('running', { goneAt: T0 })];
    expect(disprovedOf({ ...gone, machines: known })).toBeNull();
    expect(disprovedOf({ ...absent, machines: known })).toBeNull();
  });
});
