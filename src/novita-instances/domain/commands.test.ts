import { describe, expect, it } from 'vitest';
import { aMachine, anInstance, aSpec, at, holding, INSTANCE_ID, T0 } from '../../../test/support/snapshot-builder.js';
import { allowedActions, INSTANCE_STATUSES, instancePhase, type InstanceStatus } from './instance-phase.js';
import { NO_READINESS } from './progress.js';
import type { Snapshot, Instance } from './instance.js';
import { newInstance, applyCommand, type Verb } from './commands.js';

const alone = (instance: Instance): Snapshot => ({ instance, attempts: [], machines: [] });
const readiness = (verdict: 'ready' | 'unready') => ({
  readiness: { ...NO_READINESS, verdict, runningSince: T0, readyAt: T0 },
});
const failure = (machine: 'stop' | 'release') => ({
  failure: { code: 'START_TIMEOUT' as const, message: 'x', at: T0, machine },
});
const waitingFor = { placement: { ...anInstance().progress.placement, waitingFor: 'capacity' as const } };

/** Snapshots of every status. */
const OF_STATUS: Record<InstanceStatus, Snapshot> = {
  pending: alone(anInstance()),
  waiting_capacity: alone(anInstance({}, waitingFor)),
  uncertain: {
    ...alone(anInstance()),
    attempts: [{ ...holding(aMachine('queued')).attempts[0], state: 'AMBIGUOUS', machineId: null } as never],
  },
  provisioning: holding(aMachine('creating')),
  pulling: holding(aMachine('pulling')),
  starting: holding(aMachine('starting')),
  running: holding(aMachine('running')),
  ready: holding(aMachine('running'), anInstance({}, readiness('ready'))),
  unready: holding(aMachine('running'), anInstance({}, readiness('unready'))),
  recovering: holding(aMachine('exited'), anInstance({}, readiness('ready'))),
  stopping: holding(aMachine('running'), anInstance({ desired: 'stopped' })),
  stopped: holding(aMachine('exited'), anInstance({ desired: 'stopped' })),
  failed: holding(aMachine('exited'), anInstance({}, failure('stop'))),
  deleting: holding(aMachine('running'), anInstance({ desired: 'deleted' })),
  deleted: alone(anInstance({ desired: 'deleted', deletedAt: T0 })),
};
const ask = (snapshot: Snapshot, action: Verb) => applyCommand(snapshot, action, at(100));
const changed = (snapshot: Snapshot, action: Verb): Instance => {
  const result = ask(snapshot, action);
  if (result.kind !== 'changed') throw new Error(`${action} is ${result.kind}`);
  return result.instance;
};

describe('a command', () => {
  it('the snapshots of this table have the status that they stand for', () => {
    for (const status of INSTANCE_STATUSES) expect(instancePhase(OF_STATUS[status])).toBe(status);
  });

  const actions: Verb[] = ['start', 'stop', 'restart', 'delete'];
  const everything = INSTANCE_STATUSES.flatMap((status) =>
    actions.map((action): [InstanceStatus, Verb] => [status, action]),
  );

  it.each(everything)('%s, %s: is refused unless it is allowed, and repeating it changes nothing', (status, action) => {
    const snapshot = OF_STATUS[status];
    const result = ask(snapshot, action);
    const allowed = allowedActions(status);
    if (status === 'deleted' && action === 'delete') expect(result).toEqual({ kind: 'unchanged' });
    else if (!allowed.includes(action)) expect(result).toEqual({ kind: 'refused', allowed });
    else expect(result.kind).not.toBe('refused');
    if (result.kind !== 'changed' || action === 'restart') return;
    expect(ask({ ...snapshot, instance: result.instance }, action)).toEqual({ kind: 'unchanged' });
  });

  it.each(everything)('%s, %s: what it changes counts a generation and dates the deadlines anew', (status, action) => {
    const snapshot = OF_STATUS[status];
    const result = ask(snapshot, action);
    if (result.kind !== 'changed') return;
    expect(result.instance).toMatchObject({
      generation: snapshot.instance.generation + 1,
      version: snapshot.instance.version,
    });
    expect(result.instance.progress).toMatchObject({ wantedAt: at(100), action: null });
    expect(result.instance.spec).toEqual(snapshot.instance.spec);
  });

  it('start and stop say only what is wanted', () => {
    expect(changed(OF_STATUS.ready, 'stop')).toMatchObject({ desired: 'stopped', machineId: 'm1' });
    expect(changed(OF_STATUS.stopped, 'start')).toMatchObject({ desired: 'running', machineId: 'm1' });
    expect(ask(OF_STATUS.pulling, 'start')).toEqual({ kind: 'unchanged' });
  });

  it('every restart is counted, since it is an event and not a state', () => {
    const once = changed(OF_STATUS.ready, 'restart');
    expect(once.restartGeneration).toBe(1);
    expect(changed(holding(aMachine('running'), { ...once, restartGeneration: 0 }), 'restart').restartGeneration).toBe(
      1,
    );
    expect(once.progress.readiness).toEqual(NO_READINESS);
  });

  it('start after a failure tries anew, with a round and a time of its own', () => {
    const again = changed(OF_STATUS.failed, 'start');
    expect(again.progress).toMatchObject({
      failure: null,
      placement: { round: 2, since: at(100), notBefore: null, waitingFor: null },
    });
    expect(again.machineId).toBe('m1');
  });

  it('a machine that is being deleted is not held any longer', () => {
    const given = holding(aMachine('running'), anInstance({}, failure('release')));
    expect(changed(given, 'start').machineId).toBeNull();
    expect(changed(given, 'stop').machineId).toBeNull();
    const acknowledged = holding(aMachine('running', { releaseAcknowledgedAt: T0 }), anInstance({}, failure('stop')));
    expect(changed(acknowledged, 'start').machineId).toBeNull();
  });

  it('a delete keeps hold of the machine until it is gone', () => {
    expect(changed(OF_STATUS.ready, 'delete')).toMatchObject({ desired: 'deleted', machineId: 'm1' });
  });
});

describe('a new instance', () => {
  it('is pending, and told so', () => {
    const instance = newInstance(INSTANCE_ID, 'one', aSpec(), T0);
    expect(instance).toMatchObject({ desired: 'running', generation: 1, version: 1, toldStatus: 'pending' });
    expect(instancePhase(alone(instance))).toBe('pending');
  });
});
