import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { someSnapshot, someGuard, somePolicy, someTime } from '../../../test/support/arbitrary-snapshot.js';
import { aMachine, anAttempt, anInstance, at, OPEN, POLICY, told } from '../../../test/support/snapshot-builder.js';
import type { Guard } from '../../machines/domain/fleet-guard.js';
import { openAttempts, type Snapshot } from '../domain/instance.js';
import { judgeMachine } from '../domain/machine-verdict.js';
import { planNextStep } from './plan-next-step.js';
import { beginReadiness } from '../domain/readiness.js';
import { newReplacement, seenFromSuccessor } from '../domain/replacement.js';
import type { Replacement } from '../domain/replacement-progress.js';
import { NO_READINESS } from '../domain/progress.js';
import type { Step } from './step.js';

const READY = {
  ...NO_READINESS,
  verdict: 'ready',
  runningSince: at(0),
  readyAt: at(5),
  nextProbeAt: at(9_000),
} as const;
const FROZEN: Guard = { ...OPEN, frozen: { at: at(50), why: 'unknown-machines', detail: 'x' } };
const BEGUN = { ...NO_READINESS, runningSince: at(0), nextProbeAt: at(0) };
const CURRENT = aMachine('running', { machineId: 'm1', attemptNumber: 1 });

/** An instance that is ready on `m1`, and is being replaced since the 100th second. */
const replaced = (changes: Partial<Replacement> = {}, more: Partial<Snapshot> = {}): Snapshot => {
  const instance = anInstance({ machineId: 'm1' }, { readiness: READY });
  const snapshot: Snapshot = { instance, attempts: [anAttempt()], machines: [CURRENT] };
  const replacement = { ...newReplacement('requested', snapshot, at(100)), ...changes };
  return told({ ...snapshot, ...more, instance: { ...snapshot.instance, ...more.instance, replacement } });
};
const warming = (state: Parameters<typeof aMachine>[0], changes: Partial<Replacement> = {}, machine = {}): Snapshot =>
  replaced(
    { phase: 'warming', successorId: 'm2', ...changes },
    {
      attempts: [
        anAttempt(),
        anAttempt({ number: 2, tag: 'nvt-2', machineId: 'm2', sentAt: at(101), decidedAt: at(102) }),
      ],
      machines: [
        CURRENT,
        aMachine(state, {
          machineId: 'm2',
          attemptNumber: 2,
          firstSeenAt: at(102),
          changedAt: at(102),
          observedAt: at(150),
          ...machine,
        }),
      ],
    },
  );
/** A restart was asked for at this second, and the current machine has done it. */
const restartedAt = (seconds: number, { instance, ...rest }: Snapshot): Snapshot => {
  const progress = { ...instance.progress, wantedAt: at(seconds), restartsDone: 1 };
  return told({ ...rest, instance: { ...instance, restartGeneration: 1, progress } });
};
const draining = (until: Date, machine: Partial<typeof CURRENT> = {}): Snapshot =>
  replaced(
    { phase: 'draining', draining: { machineId: 'm0', until } },
    { machines: [CURRENT, aMachine('running', { machineId: 'm0', attemptNumber: 0, ...machine })] },
  );

const step = (snapshot: Snapshot, now = at(200), guard = OPEN): Step => planNextStep(snapshot, guard, now, POLICY);

describe('a replacement', () => {
  it.each<[what: string, snapshot: Snapshot, expected: object]>([
    ['begins with a machine for the successor', replaced(), { do: 'for-successor', step: { do: 'place' } }],
    [
      'waits for a create of the successor that is under way',
      replaced(
        {},
        {
          attempts: [
            anAttempt(),
            anAttempt({ number: 2, tag: 'nvt-2', state: 'SENDING', machineId: null, sentAt: at(199) }),
          ],
        },
      ),
      { do: 'rest' },
    ],
    [
      'doubts a create of the successor whose sender is dead',
      replaced(
        {},
        {
          attempts: [
            anAttempt(),
            anAttempt({ number: 2, tag: 'nvt-2', state: 'SENDING', machineId: null, sentAt: at(101) }),
          ],
        },
      ),
      { do: 'for-successor', step: { do: 'doubt' } },
    ],
    ['waits while the new machine pulls its image', warming('pulling'), { do: 'rest' }],
    [
      'restarts the new machine too when that is asked for while it runs',
      restartedAt(150, warming('running', { readiness: BEGUN })),
      { do: 'for-successor', step: { do: 'act', verb: 'restart' } },
    ],
    [
      'does not let the new machine take over before its restart',
      restartedAt(150, warming('running', { readiness: READY })),
      { do: 'for-successor', step: { do: 'act', verb: 'restart' } },
    ],
    [
      'needs no restart of a machine that was bought after that was asked for',
      restartedAt(100, warming('running', { readiness: BEGUN })),
      { do: 'for-successor', step: { do: 'begin-run', restart: 'seen' } },
    ],
    ['begins a run of the new machine', warming('running'), { do: 'for-successor', step: { do: 'begin-run' } }],
    [
      'asks the workload of the new machine',
      warming('running', { readiness: beginReadiness(anInstance().spec.readiness, at(150)) }),
      { do: 'for-successor', step: { do: 'probe', machine: { machineId: 'm2' } } },
    ],
    ['cuts over when the workload has answered', warming('running', { readiness: READY }), { do: 'cut-over' }],
    [
      'fails when the new machine has failed, and not its instance',
      warming(
        'exited',
        {},
        { observation: { ...aMachine('exited').observation, failure: { code: 'X', message: 'y' } } },
      ),
      { do: 'for-successor', step: { do: 'fail', failure: { code: 'MACHINE_FAILED' } } },
    ],
    [
      'fails when the new machine is to be deleted',
      warming('running', {}, { condemnedAt: at(140) }),
      { do: 'for-successor', step: { do: 'fail' } },
    ],
    ['waits while the old machine drains', draining(at(230)), { do: 'rest', until: at(230) }],
    [
      'ends when the old machine has drained',
      draining(at(190)),
      { do: 'end-replacement', machine: { machineId: 'm0' } },
    ],
    [
      'ends when the old machine is gone by itself',
      draining(at(230), { goneAt: at(180) }),
      { do: 'end-replacement', machine: null },
    ],
  ])('%s', (_, snapshot, expected) => {
    expect(step(snapshot)).toMatchObject(expected);
  });

  describe('of an instance that a release without replacements has changed', () => {
    const without = (snapshot: Snapshot, changes: Partial<Snapshot['instance']>): Snapshot =>
      told({ ...snapshot, instance: { ...snapshot.instance, ...changes } });
    const bereft = (snapshot: Snapshot): Snapshot => {
      const [current, ...others] = snapshot.machines;
      const gone = current ? [{ ...current, goneAt: at(180) }] : [];
      return without({ ...snapshot, machines: [...gone, ...others] }, { machineId: null });
    };
    const failed = (snapshot: Snapshot): Snapshot => {
      const failure = { code: 'MACHINE_LOST', message: 'x', machine: 'stop', at: at(190) } as const;
      return without(snapshot, { progress: { ...snapshot.instance.progress, failure } });
    };
    it.each<[what: string, snapshot: Snapshot, expected: object]>([
      [
        'ends, and buys nothing, when it has no machine any more',
        bereft(replaced()),
        { do: 'for-successor', step: { do: 'fail' } },
      ],
      ['puts the new machine in the place of the lost one', bereft(warming('pulling')), { do: 'cut-over' }],
      ['ends when it has failed', failed(warming('running')), { do: 'for-successor', step: { do: 'fail' } }],
      [
        'ends when it is to stop',
        without(warming('running'), { desired: 'stopped' }),
        { do: 'for-successor', step: { do: 'fail' } },
      ],
      [
        'lets the old machine go when it is to be deleted',
        without(draining(at(230)), { desired: 'deleted' }),
        { do: 'end-replacement', machine: { machineId: 'm0' } },
      ],
      [
        'lets the old machine go when it is to stop',
        without(draining(at(230)), { desired: 'stopped' }),
        { do: 'end-replacement', machine: { machineId: 'm0' } },
      ],
    ])('%s', (_, snapshot, expected) => {
      expect(step(snapshot)).toMatchObject(expected);
    });
  });

  it('buys nothing and deletes nothing while the guard holds', () => {
    expect(step(replaced(), at(200), FROZEN)).toMatchObject({ do: 'for-successor', step: { do: 'hold' } });
    expect(step(draining(at(190)), at(200), FROZEN)).toMatchObject({ do: 'rest' });
  });

  it('puts the new machine in the place of an old one that is beyond help, answered or not', () => {
    const lost = {
      ...CURRENT,
      observation: { ...aMachine('exited').observation, failure: { code: 'X', message: 'y' } },
    };
    const snapshot = warming('pulling');
    const broken = told({ ...snapshot, machines: [lost, ...snapshot.machines.slice(1)] });
    const steps = [
      step(broken),
      step(
        told({
          ...broken,
          instance: { ...broken.instance, progress: { ...broken.instance.progress, readiness: NO_READINESS } },
        }),
      ),
    ];
    expect(steps.map((one) => one.do)).toContain('cut-over');
  });

  it('keeps the machines of both slots, and of one that drains, from being surplus', () => {
    const verdicts = ({ machines, ...snapshot }: Snapshot) =>
      machines.map((machine) => judgeMachine({ machines, ...snapshot }, machine));
    expect(verdicts(warming('running'))).toEqual(['bound', 'successor']);
    expect(verdicts(draining(at(230)))).toEqual(['bound', 'draining']);
    // what a machine is does not depend on who asks
    const view = seenFromSuccessor(warming('running'));
    expect(view && verdicts(view)).toEqual(['bound', 'successor']);
  });
});

describe('whatever the snapshot', () => {
  const phase = fc.constantFrom<Replacement['phase']>('placing', 'warming', 'draining');
  const someReplacement = fc.record({
    phase,
    since: someTime,
    until: someTime,
    readiness: fc.constantFrom(READY, NO_READINESS, BEGUN),
    // as on most days: the current machine works, and there is another one
    usual: fc.constantFrom(
      null,
      null,
      null,
      null,
      null,
      null,
      'pulling' as const,
      'running' as const,
      'exited' as const,
    ),
    other: fc.constantFrom('m1', 'm2', 'm3'),
  });
  const someCase = fc.record({
    snapshot: someSnapshot,
    guard: someGuard,
    now: someTime,
    policy: somePolicy,
    drawn: someReplacement,
  });
  const withReplacement = (
    snapshot: Snapshot,
    {
      phase: drawn,
      since,
      until,
      readiness,
      other,
    }: { phase: Replacement['phase']; since: Date; until: Date; readiness: Replacement['readiness']; other: string },
  ): Snapshot => {
    const { instance } = snapshot;
    // a replacement is of a running instance that has not failed, and its machine is another one
    if (instance.desired !== 'running' || instance.progress.failure || instance.machineId === other) return snapshot;
    const replacement: Replacement = {
      ...newReplacement('requested', snapshot, since),
      firstAttempt: 2,
      phase: drawn,
      successorId: drawn === 'warming' ? other : null,
      draining: drawn === 'draining' ? { machineId: other, until } : null,
      readiness,
    };
    return { ...snapshot, instance: { ...instance, replacement } };
  };

  it('no step of a replacement deletes or lets go the current machine, and none buys while a create is open', () => {
    const met = new Map<string, number>();
    fc.assert(
      fc.property(someCase, ({ snapshot: plain, guard, now, policy, drawn }) => {
        const snapshot = drawn.usual
          ? warming(drawn.usual, { readiness: drawn.readiness })
          : withReplacement(plain, drawn);
        const chosen = planNextStep(snapshot, guard, now, policy);
        expect(planNextStep(snapshot, guard, now, policy)).toEqual(chosen);
        const name = chosen.do === 'for-successor' ? `successor ${chosen.step.do}` : chosen.do;
        met.set(name, (met.get(name) ?? 0) + 1);
        const { machineId, replacement } = snapshot.instance;
        if (!replacement) return;
        const kept = [replacement.successorId, replacement.draining?.machineId];
        if (chosen.do === 'condemn' || chosen.do === 'delete-machine' || chosen.do === 'adopt') {
          expect(kept).not.toContain(chosen.machine.machineId);
        }
        if (chosen.do === 'for-successor') {
          const inner = chosen.step;
          if (inner.do === 'place') expect(openAttempts(snapshot)).toEqual([]);
          if (inner.do === 'place') expect(replacement.successorId).toBeNull();
          if ('machine' in inner && inner.machine) expect(inner.machine.machineId).not.toBe(machineId);
          expect(['tell', 'delete-machine', 'condemn', 'finish-delete', 'for-successor']).not.toContain(inner.do);
        }
        if (machineId === null) expect(chosen.do).not.toBe('place');
        if (chosen.do === 'cut-over') expect(replacement.successorId).not.toBeNull();
      }),
      { numRuns: 10_000 },
    );
    for (const kind of ['successor place', 'successor adopt', 'successor fail', 'cut-over', 'end-replacement']) {
      expect(met.get(kind) ?? 0, kind).toBeGreaterThan(0);
    }
  });
});
