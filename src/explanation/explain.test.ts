import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { someGuard, somePolicy, someSnapshot, someTime } from '../../test/support/arbitrary-snapshot.js';
import {
  aMachine,
  anAttempt,
  anInstance,
  at,
  holding,
  OPEN,
  POLICY,
  told,
} from '../../test/support/snapshot-builder.js';
import type { Snapshot } from '../novita-instances/domain/instance.js';
import { NO_READINESS } from '../novita-instances/domain/progress.js';
import { newReplacement } from '../novita-instances/domain/replacement.js';
import { planNextStep } from '../novita-instances/planners/plan-next-step.js';
import { explain } from './explain.js';

const { placement } = anInstance().progress;
const without = (instance = anInstance(), attempts: Snapshot['attempts'] = []): Snapshot =>
  told({ instance, attempts, machines: [] });
const waits = (waitingFor: 'capacity' | 'balance', notBefore: Date) =>
  without(anInstance({}, { placement: { ...placement, waitingFor, notBefore } }), [
    anAttempt({ state: 'REJECTED', machineId: null }),
  ]);
const begun = { ...NO_READINESS, runningSince: at(0), nextProbeAt: at(90) };
const ready = { ...begun, verdict: 'ready', readyAt: at(5) } as const;
const replaced = (): Snapshot => {
  const snapshot = holding(aMachine('running'), anInstance({}, { readiness: ready }));
  const replacement = newReplacement('requested', snapshot, at(10));
  return told({ ...snapshot, instance: { ...snapshot.instance, replacement } });
};
const by = (seconds: number, of: string, failure: string, machine: string) => ({
  of,
  at: at(seconds),
  failure,
  machine,
});
const look = (snapshot: Snapshot, seconds = 60) => explain(snapshot, OPEN, at(seconds), POLICY);

describe('an explanation', () => {
  it.each([
    ['nothing is bought yet', without(), 'buy', by(3_600, 'capacity', 'NO_CAPACITY', 'none')],
    ['nothing is free', waits('capacity', at(70)), 'wait', by(3_600, 'capacity', 'NO_CAPACITY', 'none')],
    [
      'the image is pulled',
      holding(aMachine('pulling')),
      'wait',
      by(1_800, 'provision', 'PROVISION_TIMEOUT', 'deleted'),
    ],
    ['the machine starts', holding(aMachine('starting')), 'wait', by(900, 'start', 'START_TIMEOUT', 'stopped')],
    [
      'the workload does not answer',
      holding(aMachine('running'), anInstance({}, { readiness: begun })),
      'wait',
      by(600, 'readiness', 'READINESS_TIMEOUT', 'stopped'),
    ],
    ['all is well', holding(aMachine('running'), anInstance({}, { readiness: ready })), 'wait', null],
    [
      'it is to stop',
      holding(aMachine('running'), anInstance({ desired: 'stopped' })),
      'stop',
      by(600, 'stop', 'STOP_TIMEOUT', 'stopped'),
    ],
    ['it is to go', holding(aMachine('running'), anInstance({ desired: 'deleted' })), 'delete-machine', null],
  ])('when %s says what is next, and until when', (_, snapshot, step, deadline) => {
    expect(look(snapshot)).toMatchObject({ next: { step, slot: 'current' }, deadline });
  });

  it('says of a wait when it ends', () => {
    expect(look(waits('capacity', at(70))).next.at).toEqual(at(70));
    expect(look(holding(aMachine('exited'))).next).toEqual({ step: 'start', slot: 'current', at: at(60) });
  });

  it('says that the next step is for the machine that is to take over', () => {
    expect(look(replaced()).next).toEqual({ step: 'buy', slot: 'successor', at: at(60) });
  });

  it('counts what every machine costs that is billed', () => {
    const two = holding(aMachine('running'));
    const machines = [
      ...two.machines,
      aMachine('pulling', { machineId: 'm2' }),
      aMachine('exited', { machineId: 'm3' }),
    ];
    expect(look({ ...two, machines }).pricePerHour).toBe(2 * 18_000);
    expect(look(holding(aMachine('exited'))).pricePerHour).toBe(0);
  });

  it('says what a person can do', () => {
    expect(look(waits('balance', at(70))).waitingFor).toBe('balance');
    expect(look(waits('balance', at(70))).advice.join()).toContain('Top up the balance');
    const open = anAttempt({ state: 'AMBIGUOUS', machineId: null, decidedAt: null });
    expect(look(without(anInstance(), [open])).advice.join()).toContain('/attempts/1/absent');
    expect(look(holding(aMachine('running'), anInstance({ desired: 'deleted' }))).advice.join()).toContain(
      '/machines/m1/gone',
    );
    expect(look(holding(aMachine('running'), anInstance({}, { readiness: ready }))).advice).toEqual([]);
  });

  it('names the step that the reconciler takes, whatever the snapshot, the guard and the time', () => {
    fc.assert(
      fc.property(someSnapshot, someGuard, someTime, somePolicy, (snapshot, guard, now, policy) => {
        const { next, pricePerHour } = explain(snapshot, guard, now, policy);
        const step = planNextStep(snapshot, guard, now, policy);
        expect(next.step === 'wait').toBe(step.do === 'rest');
        expect(next.at).toEqual(step.do === 'rest' ? step.until : now);
        expect(pricePerHour).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
