import { describe, expect, it } from 'vitest';
import {
  aMachine,
  anInstance,
  aSentAction,
  aSpec,
  at,
  holding,
  OPEN,
  POLICY,
  told,
} from '../../../test/support/snapshot-builder.js';
import type { Machine } from '../../machines/domain/machine.js';
import type { Snapshot } from '../domain/instance.js';
import type { InstanceSpec } from '../domain/instance-spec.js';
import { NO_READINESS, type Progress, type Recovery, type SentAction } from '../domain/progress.js';
import { written } from '../transitions/instance-change.js';
import { stepRecorded, type RecordedStep } from '../transitions/step-transitions.js';
import { planNextStep } from './plan-next-step.js';
import type { Step } from './step.js';

const plan = (snapshot: Snapshot, seconds: number): Step => planNextStep(told(snapshot), OPEN, at(seconds), POLICY);
const of = (spec: Partial<InstanceSpec>, machine: Machine, progress: Partial<Progress> = {}): Snapshot =>
  holding(machine, anInstance({ spec: aSpec(spec) }, progress));
/** The snapshot after the step was written down. */
const after = (snapshot: Snapshot, step: Step, seconds: number): Snapshot => {
  const change = written(snapshot, stepRecorded(snapshot, step as RecordedStep, POLICY, at(seconds)));
  return told({ ...snapshot, instance: change.after });
};
const failedMachine = (code: string, message: string, changes: Partial<Machine> = {}): Machine => {
  const machine = aMachine('exited', changes);
  return { ...machine, observation: { ...machine.observation, failure: { code, message } } };
};
const oom = failedMachine('oom', 'out of memory');
const REPLACE = { onFailure: 'replace' } as const;
const recovery = (changes: Partial<Recovery> = {}): Recovery => ({ begun: [], inVain: 0, failedAt: null, ...changes });
const sent = (changes: Partial<SentAction>): Partial<Progress> => ({
  action: aSentAction({ acknowledged: false, acknowledgements: 0, refusal: 'INSUFFICIENT_RESOURCE: full', ...changes }),
});

describe('a machine that crashed', () => {
  it('fails the instance unless the request says `replace`', () => {
    expect(plan(of({}, oom), 10)).toMatchObject({ do: 'fail', failure: { code: 'MACHINE_FAILED', machine: 'stop' } });
    expect(plan(of(REPLACE, oom), 10)).toMatchObject({ do: 'mark-broken', failure: { code: 'MACHINE_FAILED' } });
  });

  it('is judged, then its replacement begins, each written down once', () => {
    const judged = after(of(REPLACE, oom), plan(of(REPLACE, oom), 10), 10);
    expect(judged.instance.progress.broken).toMatchObject({ machineId: 'm1', code: 'MACHINE_FAILED', delay: null });
    expect(judged.instance.toldStatus).toBe('recovering');
    const step = plan(judged, 11);
    expect(step).toEqual({ do: 'begin-replacement', reason: 'failure' });
    const begun = after(judged, step, 11);
    expect(begun.instance.progress.recovery).toEqual({ begun: [at(11)], inVain: 1, failedAt: at(10) });
    expect(plan(begun, 11)).toEqual({ do: 'for-successor', step: { do: 'place' } });
  });

  it('that runs again keeps its place, and the new machine goes', () => {
    const judged = after(of(REPLACE, oom), plan(of(REPLACE, oom), 10), 10);
    const begun = after(judged, plan(judged, 11), 11);
    const runs = { ...begun, machines: [aMachine('running', { changedAt: at(20) })] };
    expect(plan(runs, 21)).toEqual({ do: 'mend' });
    const mended = after(runs, { do: 'mend' }, 21);
    expect(mended.instance).toMatchObject({ replacement: null, machineId: 'm1', progress: { broken: null } });
    expect(plan(mended, 22)).toEqual({ do: 'begin-run' });
  });

  it('of a stopped instance is left alone', () => {
    const stopped = of({ ...REPLACE, onStartFailure: 'replace' }, oom);
    stopped.instance.desired = 'stopped';
    expect(plan(stopped, 10)).toEqual({ do: 'rest', until: null });
  });
});

describe('a machine that holds nothing', () => {
  const never = failedMachine('CREATE_FAILED', 'the node went away', { ranAt: null });

  it('is let go of at once, and another one is bought', () => {
    const step = plan(of(REPLACE, never), 10);
    expect(step).toMatchObject({ do: 'let-go', isGone: false });
    const free = after(of(REPLACE, never), step, 10);
    expect(free.instance.machineId).toBeNull();
    expect(free.instance.progress.recovery).toMatchObject({ begun: [at(10)], inVain: 1 });
  });

  it('is let go of, and the next one waits for its time, when the cap of the hour is reached', () => {
    const begun = [at(1_000), at(2_000), at(3_000)];
    const full = of(REPLACE, never, { recovery: recovery({ begun }) });
    const free = after(full, plan(full, 3_100), 3_100);
    const until = at(1_000 + 3_600);
    expect(free.instance.progress).toMatchObject({
      broken: { delay: { why: 'hourly-cap', until } },
      placement: { waitingFor: 'replacement' },
      recovery: { begun: [...begun, until] },
    });
    const gone = { ...free, machines: [] };
    expect(plan(gone, 3_200)).toEqual({ do: 'rest', until });
    expect(plan(gone, 4_600)).toEqual({ do: 'place' });
  });

  it('is deleted with a failure when its image cannot be pulled, whatever the request says', () => {
    const unpullable = failedMachine('PullImageFailed', 'manifest unknown', { ranAt: null });
    expect(plan(of(REPLACE, unpullable), 10)).toMatchObject({
      do: 'fail',
      failure: { code: 'IMAGE_PULL_FAILED', machine: 'release' },
    });
    const busy = failedMachine('PullImageFailed', 'toomanyrequests: slow down', { ranAt: null });
    expect(plan(of(REPLACE, busy), 10)).toMatchObject({ do: 'let-go', failure: { code: 'MACHINE_FAILED' } });
  });
});

describe('the next replacement', () => {
  const judgedBy = (changes: Partial<Recovery>): Snapshot =>
    of(REPLACE, oom, {
      broken: { machineId: 'm1', code: 'MACHINE_FAILED', message: 'x', at: at(10), delay: null },
      recovery: recovery({ failedAt: at(10), ...changes }),
    });

  it('comes later each time that a machine has failed', () => {
    expect(plan(judgedBy({ inVain: 1, begun: [at(0)] }), 20)).toMatchObject({
      do: 'delay-replacement',
      delay: { why: 'back-off', until: at(70) },
    });
    expect(plan(judgedBy({ inVain: 2, begun: [at(0)] }), 20)).toMatchObject({ delay: { until: at(130) } });
    expect(plan(judgedBy({ inVain: 2, begun: [at(0)] }), 130)).toMatchObject({ do: 'begin-replacement' });
  });

  it('waits when the cap of the hour is reached, which is told once', () => {
    const full = judgedBy({ begun: [at(1), at(2), at(3)] });
    const step = plan(full, 20);
    expect(step).toMatchObject({ do: 'delay-replacement', delay: { why: 'hourly-cap', until: at(3_601) } });
    const delayed = after(full, step, 20);
    expect(plan(delayed, 21)).toEqual({ do: 'rest', until: at(3_601) });
    expect(plan(delayed, 3_601)).toMatchObject({ do: 'begin-replacement' });
  });

  it('is none when five in a row have come to nothing, and the machine is kept', () => {
    expect(plan(judgedBy({ inVain: 5, begun: [] }), 5_000)).toMatchObject({
      do: 'fail',
      failure: { code: 'MACHINE_FAILED', machine: 'stop' },
    });
  });

  it('is counted anew when the workload has worked for a while', () => {
    const worked = { readiness: { ...NO_READINESS, readyAt: at(100) } };
    const failing = of(REPLACE, oom, { ...worked, recovery: recovery({ begun: [at(50)], inVain: 4 }) });
    expect(after(failing, plan(failing, 700), 700).instance.progress.recovery).toMatchObject({ inVain: 0 });
    expect(after(failing, plan(failing, 699), 699).instance.progress.recovery).toMatchObject({ inVain: 4 });
  });

  it('stops a machine meanwhile that runs and was never ready', () => {
    const silent = judgedBy({ begun: [at(1), at(2), at(3)] });
    const broken = silent.instance.progress.broken;
    const runs = of(REPLACE, aMachine('running'), {
      ...silent.instance.progress,
      broken: broken && { ...broken, code: 'READINESS_TIMEOUT' },
    });
    expect(plan(runs, 20)).toMatchObject({ do: 'act', verb: 'stop' });
  });
});

describe('a start that Novita refuses', () => {
  const down = aMachine('exited');

  it('is tried again, fails, moves the machine or has it replaced, as the request says', () => {
    expect(plan(of({}, down, sent({})), 50)).toMatchObject({ do: 'act', verb: 'start' });
    expect(plan(of({ onStartFailure: 'fail' }, down, sent({})), 50)).toMatchObject({
      do: 'fail',
      failure: { code: 'START_REFUSED', machine: 'stop' },
    });
    expect(plan(of({ onStartFailure: 'migrate' }, down, sent({})), 11)).toMatchObject({ do: 'act', verb: 'migrate' });
    expect(plan(of({ onStartFailure: 'replace' }, down, sent({})), 50)).toMatchObject({ do: 'mark-broken' });
  });

  it('is waited for when the refusal passes, or may have been none', () => {
    for (const onStartFailure of ['fail', 'migrate', 'replace'] as const) {
      for (const passing of [{ isPassing: true }, { doubtful: true, isPassing: true }]) {
        expect(plan(of({ onStartFailure }, down, sent(passing)), 50)).toMatchObject({ do: 'act', verb: 'start' });
      }
    }
  });

  it('moves no machine that Novita takes back', () => {
    const spot = { state: 'notified', reclaimAt: at(5_000).toISOString() } as const;
    const noticed = { ...down, observation: { ...down.observation, spot } };
    expect(plan(of({ onStartFailure: 'migrate', onReclaim: 'wait' }, noticed, sent({})), 50)).toMatchObject({
      verb: 'start',
    });
  });

  it('is moved again after an unknown outcome only when a later look shows the machine down', () => {
    const doubtful = sent({ verb: 'migrate', doubtful: true, isPassing: true, refusal: 'ambiguous' });
    const seen = (seconds: number): Snapshot =>
      of({ onStartFailure: 'migrate' }, aMachine('exited', { observedAt: at(seconds) }), doubtful);
    expect(plan(seen(39), 60)).toMatchObject({ do: 'rest' });
    expect(plan(seen(41), 60)).toMatchObject({ do: 'act', verb: 'migrate' });
  });

  it('is no reason to move a machine again that has moved and is down once more', () => {
    const moved = sent({ verb: 'migrate', acknowledged: true, refusal: null });
    expect(plan(of({ onStartFailure: 'migrate' }, aMachine('exited', { changedAt: at(60) }), moved), 61)).toMatchObject(
      {
        verb: 'start',
      },
    );
  });
});
