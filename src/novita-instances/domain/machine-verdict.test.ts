import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { someSnapshot } from '../../../test/support/arbitrary-snapshot.js';
import { aMachine, anAttempt, anInstance, at, T0 } from '../../../test/support/snapshot-builder.js';
import type { Attempt, Snapshot, Instance } from './instance.js';
import type { Failure } from './progress.js';
import type { Machine } from '../../machines/domain/machine.js';
import { judgeMachine, type MachineVerdict } from './machine-verdict.js';

const LOST: Failure = { code: 'MACHINE_LOST', message: 'x', at: T0, machine: 'release' };
const snapshot = (instance: Instance, attempts: Attempt[] = [anAttempt()]): Snapshot => ({
  instance,
  attempts,
  machines: [],
});
const attempt = (state: Attempt['state'], changes: Partial<Attempt> = {}) =>
  anAttempt({ state, machineId: null, ...changes });

describe('the verdict on a machine', () => {
  const m1 = (changes: Partial<Machine> = {}) => aMachine('running', changes);
  const free = anInstance();
  const holdsIt = anInstance({ machineId: 'm1' });
  const holdsOther = anInstance({ machineId: 'm9' });
  const deleted = anInstance({ desired: 'deleted' });
  const failed = anInstance({}, { failure: LOST });
  const open2 = attempt('AMBIGUOUS', { number: 2, tag: 't2' });

  it.each<[MachineVerdict, string, Snapshot, Machine]>([
    ['bound', 'held', snapshot(holdsIt), m1()],
    ['bound', 'held, also when it was condemned once', snapshot(holdsIt), m1({ condemnedAt: at(1) })],
    ['bound', 'held, also by a deleted instance', snapshot({ ...deleted, machineId: 'm1' }), m1()],
    ['bound', 'held, also when its create is not on record', snapshot(holdsIt, []), m1()],
    ['gone', 'gone, even when held', snapshot(holdsIt), m1({ goneAt: at(1) })],
    ['gone', 'gone, of a deleted instance', snapshot(deleted), m1({ goneAt: at(1) })],
    ['tombstoned', 'of a deleted instance', snapshot(deleted), m1()],
    ['tombstoned', 'of a deleted instance, by an open create', snapshot(deleted, [attempt('AMBIGUOUS')]), m1()],
    ['tombstoned', 'of a deleted instance, by no create on record', snapshot(deleted, []), m1()],
    [
      'condemned',
      'condemned, and the instance is free',
      snapshot(free, [attempt('AMBIGUOUS')]),
      m1({ condemnedAt: at(1) }),
    ],
    ['settling', 'waited for, while the create is sent', snapshot(free, [attempt('SENDING')]), m1()],
    ['settling', 'waited for, while nobody knows', snapshot(free, [attempt('AMBIGUOUS')]), m1()],
    ['settling', 'given up too early, and nothing else came', snapshot(free, [attempt('ABSENT')]), m1()],
    ['settling', 'judged lost, and there after all', snapshot(failed), m1()],
    ['twin', 'waited for, but another one is held', snapshot(holdsOther, [attempt('AMBIGUOUS')]), m1()],
    ['twin', 'given up, and another create is open', snapshot(free, [attempt('ABSENT'), open2]), m1()],
    ['twin', 'given up, and the instance has failed', snapshot(failed, [attempt('ABSENT')]), m1()],
    ['twin', 'of an answered create, and nothing is held', snapshot(free), m1()],
    ['twin', 'of a lost instance, but not the machine that was lost', snapshot(failed), m1({ machineId: 'm2' })],
    ['twin', 'of a create that Novita refused', snapshot(free, [attempt('REJECTED')]), m1()],
    ['twin', 'of a create that was superseded', snapshot(free, [attempt('SUPERSEDED')]), m1()],
    ['unrecorded', 'of no create on record, and a machine is needed', snapshot(free, []), m1()],
    ['unknown', 'of no create on record, and another one is held', snapshot(holdsOther, []), m1()],
    ['unknown', 'of no create on record, and one is open', snapshot(free, [open2]), m1()],
    ['unknown', 'of no create on record, and the instance has failed', snapshot(failed, []), m1()],
  ])('is %s: %s', (verdict, _, given, machine) => {
    expect(judgeMachine(given, machine)).toBe(verdict);
  });
});

describe('whatever the snapshot, the verdict', () => {
  const always = (property: (verdict: MachineVerdict, machine: Machine, given: Snapshot) => void): void => {
    fc.assert(
      fc.property(someSnapshot, (given) => {
        for (const machine of given.machines) property(judgeMachine(given, machine), machine, given);
      }),
      { numRuns: 3_000 },
    );
  };

  it('is there, is the same for the same snapshot, and does not depend on the other machines', () => {
    always((verdict, machine, given) => {
      expect(judgeMachine({ ...given, machines: [] }, { ...machine })).toBe(verdict);
    });
  });

  it('never tells a held machine to go, and tells every other machine of a deleted instance to', () => {
    always((verdict, { machineId, goneAt }, { instance }) => {
      if (goneAt) return;
      expect(verdict === 'bound').toBe(machineId === instance.machineId);
      if (instance.desired === 'deleted' && verdict !== 'bound') expect(verdict).toBe('tombstoned');
    });
  });

  it('lets a machine in only where none is held and it was not condemned', () => {
    always((verdict, { condemnedAt }, { instance }) => {
      if (verdict !== 'settling' && verdict !== 'unrecorded') return;
      expect([instance.machineId, condemnedAt]).toEqual([null, null]);
    });
  });

  it('calls a machine one too many only by a create that is on record', () => {
    always((verdict, { attemptNumber }, { attempts }) => {
      if (verdict !== 'twin' && verdict !== 'unknown') return;
      expect(attempts.some(({ number }) => number === attemptNumber)).toBe(verdict === 'twin');
    });
  });
});
