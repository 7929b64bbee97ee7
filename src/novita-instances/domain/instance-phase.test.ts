import { describe, expect, it } from 'vitest';
import { aMachine, anAttempt, anInstance, at, holding, T0 } from '../../../test/support/snapshot-builder.js';
import { allowedActions, INSTANCE_STATUSES, instancePhase, needsCloseWatch } from './instance-phase.js';
import { NO_READINESS } from './progress.js';
import type { Attempt, Snapshot, Instance } from './instance.js';
import type { Machine, MachineState } from '../../machines/domain/machine.js';

const without = (instance: Instance, ...attempts: Attempt[]): Snapshot => ({ instance, attempts, machines: [] });
const failure = (machine: 'stop' | 'release' = 'stop') => ({
  code: 'START_TIMEOUT' as const,
  message: 'x',
  at: T0,
  machine,
});
const stopped = () => anInstance({ desired: 'stopped' });
const deleted = (over = false) => anInstance({ desired: 'deleted', deletedAt: over ? at(5) : null });
const failed = () => anInstance({}, { failure: failure() });
const waiting = (waitingFor: 'capacity' | 'balance') =>
  anInstance({}, { placement: { ...anInstance().progress.placement, waitingFor } });
const verdict = (word: 'unknown' | 'ready' | 'unready') => {
  const readyAt = word === 'unknown' ? null : at(3);
  return anInstance({}, { readiness: { ...NO_READINESS, verdict: word, runningSince: T0, readyAt } });
};
const ranBefore = () => anInstance({}, { readiness: { ...NO_READINESS, readyAt: at(3) } });
const open = (state: 'SENDING' | 'AMBIGUOUS') => anAttempt({ state, machineId: null });

describe('the status of an instance without a machine', () => {
  it.each<[string, Snapshot]>([
    ['pending', without(anInstance())],
    ['pending', without(anInstance(), open('SENDING'))],
    ['pending', without(waiting('balance'))],
    ['waiting_capacity', without(waiting('capacity'), anAttempt({ state: 'REJECTED' }))],
    ['uncertain', without(anInstance(), open('AMBIGUOUS'))],
    ['uncertain', without(stopped(), open('AMBIGUOUS'))],
    ['stopping', without(stopped(), open('SENDING'))],
    ['stopped', without(stopped())],
    ['failed', without(failed())],
    ['deleting', without(deleted(), open('AMBIGUOUS'))],
    ['deleting', without(anInstance({ desired: 'deleted' }, { failure: failure() }))],
    ['deleted', without(deleted(true))],
  ])('%s', (status, snapshot) => {
    expect(instancePhase(snapshot)).toBe(status);
  });
});

describe('the status of an instance with a machine', () => {
  it.each<[MachineState, string, string]>([
    ['queued', 'provisioning', 'provisioning'],
    ['creating', 'provisioning', 'provisioning'],
    ['pulling', 'pulling', 'pulling'],
    ['starting', 'starting', 'starting'],
    ['exited', 'starting', 'recovering'],
    ['stopping', 'starting', 'recovering'],
    ['migrating', 'recovering', 'recovering'],
    ['freezing', 'recovering', 'recovering'],
    ['removing', 'recovering', 'recovering'],
    ['removed', 'recovering', 'recovering'],
    ['unknown', 'provisioning', 'unready'],
  ])('%s is %s before it worked and %s after', (state, before, after) => {
    expect(instancePhase(holding(aMachine(state)))).toBe(before);
    expect(instancePhase(holding(aMachine(state), ranBefore()))).toBe(after);
  });

  it('running is not ready: only the probes say that', () => {
    expect(instancePhase(holding(aMachine('running')))).toBe('running');
    expect(instancePhase(holding(aMachine('running'), verdict('ready')))).toBe('ready');
    expect(instancePhase(holding(aMachine('running'), verdict('unready')))).toBe('unready');
  });

  it('a restart that was asked for makes it starting at once', () => {
    const asked = { ...verdict('ready'), restartGeneration: 1 };
    expect(instancePhase(holding(aMachine('running'), asked))).toBe('starting');
  });

  it.each<[MachineState, string]>([
    ['exited', 'stopped'],
    ['removed', 'stopped'],
    ['running', 'stopping'],
    ['pulling', 'stopping'],
    ['unknown', 'stopping'],
  ])('when it should be stopped, %s is %s', (state, status) => {
    expect(instancePhase(holding(aMachine(state), stopped()))).toBe(status);
  });

  it('deleting and failed say more than what the machine does', () => {
    expect(instancePhase(holding(aMachine('running'), deleted()))).toBe('deleting');
    expect(instancePhase(holding(aMachine('running'), failed()))).toBe('failed');
  });
});

describe('a close watch', () => {
  const withSecond = (snapshot: Snapshot, changes: Partial<Machine> = {}): Snapshot => ({
    ...snapshot,
    machines: [...snapshot.machines, aMachine('running', { machineId: 'm2', attemptNumber: 2, ...changes })],
  });
  const ready = holding(aMachine('running'), verdict('ready'));
  const unaddressed = aMachine('running');
  unaddressed.observation.endpoints = [{ port: 1, protocol: 'http', address: null }];

  it.each<[string, boolean, Snapshot]>([
    ['an instance that has nothing at Novita', false, without(anInstance())],
    ['a create under way', true, without(anInstance(), open('SENDING'))],
    ['a create whose outcome is unknown', true, without(deleted(), open('AMBIGUOUS'))],
    ['a machine that boots', true, holding(aMachine('pulling'))],
    ['a machine that runs and is asked by us', false, holding(aMachine('running'))],
    ['a machine that runs and lacks an address', true, holding(unaddressed)],
    ['a ready one', false, ready],
    ['a ready one with a second machine', true, withSecond(ready)],
    ['a ready one whose second machine is gone', false, withSecond(ready, { goneAt: at(9) })],
    [
      'a ready one that a look did not find',
      true,
      holding(aMachine('running', { missingProofs: 1 }), verdict('ready')),
    ],
    ['a stopping one', true, holding(aMachine('stopping'), stopped())],
    ['a stopped one', false, holding(aMachine('exited'), stopped())],
    ['one that is brought back', true, holding(aMachine('exited'), ranBefore())],
    ['a frozen one, which may take days', false, holding(aMachine('freezing'), ranBefore())],
    ['a word that nobody understands', false, holding(aMachine('unknown'))],
    ['a failed one whose machine is being stopped', true, holding(aMachine('running'), failed())],
    ['a failed one whose machine is stuck', false, holding(aMachine('starting'), failed())],
    ['a failed one whose machine is down', false, holding(aMachine('exited'), failed())],
    ['one whose delete was acknowledged', true, holding(aMachine('exited', { releaseAcknowledgedAt: T0 }), failed())],
    ['a deleting one', true, holding(aMachine('running'), deleted())],
    ['a deleted one', false, without(deleted(true))],
    ['a deleted one of which a machine turned up', true, withSecond(without(deleted(true)))],
  ])('%s: %s', (_what, closely, snapshot) => {
    expect(needsCloseWatch(snapshot)).toBe(closely);
  });
});

describe('allowed actions', () => {
  it('only what runs can be restarted, and a deleted instance can do nothing', () => {
    const restartable = INSTANCE_STATUSES.filter((status) => allowedActions(status).includes('restart'));
    expect(restartable).toEqual(['running', 'ready', 'unready']);
    expect(allowedActions('deleted')).toEqual([]);
    expect(allowedActions('deleting')).toEqual(['delete']);
  });

  it('delete is allowed in every status but deleted', () => {
    const deletable = INSTANCE_STATUSES.filter((status) => allowedActions(status).includes('delete'));
    expect(deletable).toEqual(INSTANCE_STATUSES.filter((status) => status !== 'deleted'));
  });
});
