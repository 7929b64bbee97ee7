import { describe, expect, it } from 'vitest';
import {
  aMachine,
  anAttempt,
  anInstance,
  aSpec,
  at,
  holding,
  OPEN,
  POLICY,
  T0,
} from '../../../test/support/snapshot-builder.js';
import type { Machine, MachineState } from '../../machines/domain/machine.js';
import { newReplacement } from '../domain/replacement.js';
import { machinePartOf } from '../domain/spec-update.js';
import type { SentChange, SpecUpdate } from '../domain/spec-update-progress.js';
import { NO_READINESS } from '../domain/progress.js';
import { instancePhase } from '../domain/instance-phase.js';
import type { Instance, Snapshot } from '../domain/instance.js';
import { planNextStep } from './plan-next-step.js';

const anUpdate = (changes: Partial<SpecUpdate> = {}): SpecUpdate => ({
  generation: 2,
  strategy: 'inPlace',
  state: 'pending',
  fields: ['image'],
  since: at(50),
  endedAt: null,
  firstAttempt: 2,
  isSettled: false,
  isTouched: false,
  before: machinePartOf(aSpec()),
  sent: null,
  doubtUntil: null,
  failure: null,
  ...changes,
});
const aChange = (changes: Partial<SentChange> = {}): SentChange => ({
  verb: 'upgrade',
  machineId: 'm1',
  firstAt: at(60),
  sentAt: at(60),
  acknowledged: true,
  doubtful: false,
  tries: 1,
  unseen: 1,
  notBefore: at(60),
  refusal: null,
  ...changes,
});
const ready = { ...NO_READINESS, verdict: 'ready', runningSince: T0, readyAt: T0, nextProbeAt: at(500) } as const;
const told = (snapshot: Snapshot): Snapshot => ({
  ...snapshot,
  instance: { ...snapshot.instance, toldStatus: instancePhase(snapshot) },
});
const world = (
  update: SpecUpdate | null,
  {
    state = 'running',
    changes = {},
    machine = {},
    readiness = ready,
  }: {
    state?: MachineState;
    changes?: Partial<Omit<Instance, 'progress'>>;
    machine?: Partial<Machine>;
    readiness?: Instance['progress']['readiness'];
  } = {},
): Snapshot => {
  const instance = anInstance({ generation: 2, update, ...changes }, { readiness });
  return told({
    ...holding({ ...aMachine(state), observedAt: at(99), ...machine }, instance),
    attempts: [anAttempt({ state: 'ACCEPTED', machineId: 'm1' })],
  });
};
const stepOf = (snapshot: Snapshot, now = at(100)) => planNextStep(snapshot, OPEN, now, POLICY);

describe('a machine whose instance was updated', () => {
  it('is compared with what is asked for, once it runs', () => {
    expect(stepOf(world(anUpdate()))).toMatchObject({ do: 'update-machine', isLate: false });
    expect(stepOf(world(anUpdate(), { state: 'pulling', readiness: NO_READINESS }))).toMatchObject({ do: 'rest' });
    expect(stepOf(world(anUpdate({ isSettled: true, state: 'applied' })))).toMatchObject({ do: 'rest' });
    expect(stepOf(world(null))).toMatchObject({ do: 'rest' });
  });

  it('was bought with it when its create is younger', () => {
    expect(stepOf(world(anUpdate({ firstAttempt: 1 })))).toMatchObject({ do: 'settle-update' });
  });

  it('is started first when it is down, and made anew first when its image has failed', () => {
    expect(stepOf(world(anUpdate(), { state: 'exited' }))).toMatchObject({ do: 'end-run' });
    const down = { state: 'exited', readiness: NO_READINESS } as const;
    expect(stepOf(world(anUpdate(), down))).toMatchObject({ do: 'act', verb: 'start' });
    const { observation } = aMachine('exited');
    const broken = { observation: { ...observation, failure: { code: 'PullImageFailed', message: 'no' } } };
    // the failure is older than the start that is asked for
    const started = world(anUpdate({ state: 'failed' }), { ...down, machine: { ...broken, changedAt: at(-10) } });
    expect(stepOf(started)).toMatchObject({ do: 'update-machine' });
  });

  it('is probed before it is edited, and not while its container is made anew', () => {
    const due = { ...ready, nextProbeAt: at(90) };
    expect(stepOf(world(anUpdate(), { readiness: due }))).toMatchObject({ do: 'probe' });
    const remade = anUpdate({ sent: aChange() });
    expect(stepOf(world(remade, { readiness: due }))).toMatchObject({ do: 'update-machine' });
    expect(instancePhase(world(remade))).toBe('starting');
    expect(instancePhase(world(anUpdate({ sent: aChange({ verb: 'edit' }) })))).toBe('ready');
  });

  it('is left alone until the next try of a refused request', () => {
    const refused = aChange({ acknowledged: false, notBefore: at(130), refusal: 'OPERATION_LIMIT: busy' });
    expect(stepOf(world(anUpdate({ sent: refused })))).toEqual({ do: 'rest', until: at(130) });
    expect(stepOf(world(anUpdate({ sent: refused })), at(131))).toMatchObject({ do: 'update-machine' });
  });

  it('is looked at once more when its time is over', () => {
    const late = at(60 + POLICY.startTimeoutSeconds);
    expect(stepOf(world(anUpdate({ sent: aChange() })), late)).toMatchObject({ do: 'update-machine', isLate: true });
  });

  it('is restarted first when that was asked for, and not while it is made anew', () => {
    const restart = { changes: { restartGeneration: 1 } };
    expect(stepOf(world(anUpdate(), restart))).toMatchObject({ do: 'act', verb: 'restart' });
    expect(stepOf(world(anUpdate({ sent: aChange() }), restart))).toMatchObject({ do: 'update-machine' });
  });

  it.each<[string, Partial<Omit<Instance, 'progress'>>]>([
    ['is to stop', { desired: 'stopped' }],
    ['is to be deleted', { desired: 'deleted' }],
    ['has variables that cannot be opened', { unreadable: ['envs'] }],
  ])('is not changed when the instance %s', (_, changes) => {
    const step = stepOf(world(anUpdate(), { changes }));
    expect(step.do).not.toBe('update-machine');
  });

  it('is not changed while another machine is to take over', () => {
    const snapshot = world(anUpdate());
    const replacement = newReplacement('reclaim', snapshot, at(60));
    const replaced = told({ ...snapshot, instance: { ...snapshot.instance, replacement } });
    expect(stepOf(replaced).do).not.toBe('update-machine');
  });

  it('waits while the fleet is frozen, when it was asked for before that', () => {
    const frozen = (seconds: number) => ({
      ...OPEN,
      frozen: { why: 'kill-rate' as const, at: at(seconds), detail: '', keys: [] },
    });
    const step = (seconds: number) => planNextStep(world(anUpdate()), frozen(seconds), at(100), POLICY);
    expect(step(70).do).toBe('rest');
  });
});

describe('an update by replacement', () => {
  const update = anUpdate({ strategy: 'replace' });

  it('begins when the machine runs, and its machine is not changed', () => {
    expect(stepOf(world(update))).toEqual({ do: 'begin-replacement', reason: 'update' });
    expect(stepOf(world(update, { state: 'pulling', readiness: NO_READINESS }))).toMatchObject({ do: 'rest' });
  });

  it('begins no second time, and none when the machine has what is asked for', () => {
    const snapshot = world(update);
    const replacement = newReplacement('update', snapshot, at(60));
    expect(stepOf(told({ ...snapshot, instance: { ...snapshot.instance, replacement } }))).toMatchObject({
      do: 'for-successor',
      step: { do: 'place' },
    });
    expect(stepOf(world({ ...update, firstAttempt: 1 }))).toMatchObject({ do: 'settle-update' });
  });
});
