import { describe, expect, it } from 'vitest';
import { aMachine, anInstance, holding, T0 } from '../../../test/support/snapshot-builder.js';
import { conditionsOf, type Condition } from './conditions.js';
import { NO_READINESS, type Progress } from './progress.js';
import type { Snapshot } from './instance.js';

const condition = (snapshot: Snapshot, type: Condition['type']): Condition | undefined =>
  conditionsOf(snapshot).find((found) => found.type === type);
const empty = (progress: Partial<Progress> = {}): Snapshot => ({
  instance: anInstance({ generation: 4 }, progress),
  attempts: [],
  machines: [],
});
const readiness = (changes: Partial<Progress['readiness']>) => ({ readiness: { ...NO_READINESS, ...changes } });
const ready = readiness({ verdict: 'ready', runningSince: T0, readyAt: T0 });
const { placement } = anInstance().progress;

describe('the conditions of an instance', () => {
  it('are seven, each of its generation and with a reason and a sentence', () => {
    const conditions = conditionsOf(empty());
    expect(conditions.map(({ type }) => type)).toEqual([
      'Placed',
      'Provisioned',
      'Reachable',
      'Ready',
      'Interrupting',
      'WithinPriceCap',
      'UpToDate',
    ]);
    for (const { generation, reason, message } of conditions) {
      expect(generation).toBe(4);
      expect(reason).toMatch(/^[A-Za-z_]+$/);
      expect(message).toMatch(/\.$/);
    }
  });

  it('without a machine, Placed says what is waited for', () => {
    const detail = 'The account is empty.';
    const snapshot = empty({ placement: { ...placement, waitingFor: 'rate-limit', detail } });
    expect(condition(snapshot, 'Placed')).toMatchObject({
      status: false,
      reason: 'WaitingForRateLimit',
      message: detail,
    });
    expect(condition(empty(), 'Placed')).toMatchObject({ status: false, reason: 'NotBought' });
  });

  it('of a ready instance are all true, but for the interruption', () => {
    const snapshot = holding(aMachine('running'), anInstance({}, ready));
    expect(conditionsOf(snapshot).map(({ status }) => status)).toEqual([true, true, true, true, false, true, true]);
  });

  it('a machine that runs without an address is provisioned and not reachable', () => {
    const machine = aMachine('running');
    machine.observation.endpoints = [{ port: 1, protocol: 'tcp', address: null }];
    expect(condition(holding(machine), 'Provisioned')).toMatchObject({ status: true });
    expect(condition(holding(machine), 'Reachable')).toMatchObject({ status: false, reason: 'AddressMissing' });
    expect(condition(holding(aMachine('pulling')), 'Reachable')).toMatchObject({ status: false, reason: 'NotRunning' });
  });

  it.each([
    [['a:1', 'a:2'], true],
    [['a:1', null], false],
    [[null, 'a:2'], false],
    [[null, null], false],
  ])('a machine is reachable when every port has an address: %j', (addresses, isReachable) => {
    const machine = aMachine('running');
    machine.observation.endpoints = addresses.map((address, at) => ({ port: at + 1, protocol: 'tcp', address }));
    expect(condition(holding(machine), 'Reachable')).toMatchObject({ status: isReachable });
  });

  it('Ready says why not: never asked, or what the last question met', () => {
    expect(condition(holding(aMachine('running')), 'Ready')).toMatchObject({ reason: 'NotProbed' });
    const snapshot = holding(
      aMachine('running'),
      anInstance({}, readiness({ lastFailure: 'port 1 answers with HTTP 502' })),
    );
    expect(condition(snapshot, 'Ready')).toMatchObject({
      status: false,
      reason: 'ProbesFailed',
      message: 'port 1 answers with HTTP 502',
    });
  });

  it.each([
    ['notified', 'SpotNotified'],
    ['reclaiming', 'SpotReclaiming'],
    ['terminated', 'SpotTerminated'],
  ] as const)('a spot machine that is %s is being interrupted', (state, reason) => {
    const machine = aMachine('running');
    machine.observation.spot = { state, reclaimAt: null };
    expect(condition(holding(machine), 'Interrupting')).toMatchObject({ status: true, reason });
  });
});
