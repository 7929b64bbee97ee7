import { describe, expect, it } from 'vitest';
import {
  aMachine,
  anInstance,
  aSentAction,
  at,
  holding,
  OPEN,
  POLICY,
  T0,
  told,
} from '../../../test/support/snapshot-builder.js';
import type { Machine } from '../../machines/domain/machine.js';
import type { Snapshot } from '../domain/instance.js';
import type { SentAction } from '../domain/progress.js';
import { beginReadiness } from '../domain/readiness.js';
import { planStop } from './plan-stop.js';

const plan = (snapshot: Snapshot, now = at(1), guard = OPEN, policy = POLICY) =>
  planStop({ snapshot, guard, now, policy });
const stopped = (progress = {}) => anInstance({ desired: 'stopped', generation: 2 }, progress);
const empty = (instance = anInstance()): Snapshot => told({ instance, attempts: [], machines: [] });
const sent = (changes: Partial<SentAction>): SentAction => aSentAction({ verb: 'stop', generation: 2, ...changes });

describe('the next step of an instance that should be stopped', () => {
  it('a running machine is stopped once, and again when the stop shows no effect', () => {
    expect(plan(holding(aMachine('running'), stopped()))).toMatchObject({ do: 'act', verb: 'stop' });
    const snapshot = (observedAt: number) =>
      holding(aMachine('running', { observedAt: at(observedAt) }), stopped({ action: sent({}) }));
    expect(plan(snapshot(12), at(13))).toMatchObject({ do: 'rest' });
    expect(plan(snapshot(26), at(27))).toMatchObject({ do: 'act', verb: 'stop' });
  });

  it('a machine on its way up is waited for: Novita stops only what runs', () => {
    expect(plan(holding(aMachine('pulling'), stopped()))).toEqual({ do: 'rest', until: at(600) });
  });

  it('a stopped machine is left alone', () => {
    expect(plan(holding(aMachine('exited'), stopped()), at(99_999))).toEqual({ do: 'rest', until: null });
  });

  it('without a machine there is nothing to do', () => {
    expect(plan(empty(stopped()), at(99_999))).toEqual({ do: 'rest', until: null });
  });

  it('says nothing of an instance that should run or be deleted', () => {
    for (const desired of ['running', 'deleted'] as const) {
      expect(plan(holding(aMachine('running'), anInstance({ desired })))).toBeNull();
    }
  });

  it('a run that is over is ended', () => {
    const readiness = beginReadiness(anInstance().spec.readiness, T0);
    expect(plan(holding(aMachine('stopping'), stopped({ readiness })))).toEqual({ do: 'end-run' });
  });

  it.each<[string, Partial<Machine>, 'stop' | 'release']>([
    ['that ran is kept', { ranAt: T0 }, 'stop'],
    ['that never ran is deleted', { ranAt: null }, 'release'],
  ])('when it cannot be stopped in time, a machine %s', (_, changes, machine) => {
    const late = aMachine('pulling', { observedAt: at(9_999), ...changes });
    const failure = { code: 'STOP_TIMEOUT', machine };
    expect(plan(holding(late, stopped()), at(9_999))).toMatchObject({ do: 'fail', failure });
  });
});
