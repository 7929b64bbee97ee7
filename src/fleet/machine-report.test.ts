import { describe, expect, it } from 'vitest';
import { aMachine, anAttempt, anInstance, INSTANCE_ID, T0, UNKNOWN_MAKE } from '../../test/support/snapshot-builder.js';
import type { Snapshot } from '../novita-instances/domain/instance.js';
import type { KnownStranger } from '../machines/store/machine-store.js';
import { isSuspected } from './machine-report.js';

const stranger = (changes: Partial<KnownStranger> = {}): KnownStranger => ({
  machineId: 'm9',
  name: 'my-own',
  instanceId: null,
  attemptNumber: null,
  envInstanceId: INSTANCE_ID,
  envAttemptNumber: 2,
  observation: aMachine('running').observation,
  make: UNKNOWN_MAKE,
  firstSeenAt: T0,
  lastSeenAt: T0,
  ignored: false,
  ...changes,
});

const owner = (snapshot: Partial<Snapshot> = {}): Snapshot => ({
  instance: anInstance(),
  attempts: [anAttempt({ number: 2, state: 'ABSENT', machineId: null })],
  machines: [aMachine('running', { machineId: 'm1', attemptNumber: 1 })],
  ...snapshot,
});

describe('a machine whose environment alone carries our tag', () => {
  it.each<[string, KnownStranger, Snapshot | null, boolean]>([
    ['of a create whose machine was never seen', stranger(), owner(), true],
    ['of a create that is not on record', stranger(), owner({ attempts: [] }), true],
    ['of an instance that is not on record', stranger(), null, true],
    [
      'of a create whose answer named this very machine',
      stranger(),
      owner({ attempts: [anAttempt({ number: 2, machineId: 'm9' })] }),
      true,
    ],
    [
      'of a create whose answer named another machine: a copy',
      stranger(),
      owner({ attempts: [anAttempt({ number: 2, machineId: 'm1' })] }),
      false,
    ],
    [
      'of a create whose machine is known, also when it is gone: a copy',
      stranger(),
      owner({ machines: [aMachine('running', { machineId: 'm1', attemptNumber: 2, goneAt: T0 })] }),
      false,
    ],
    ['and its name too: that is no mere suspicion', stranger({ instanceId: INSTANCE_ID }), owner(), false],
    ['not even that', stranger({ envInstanceId: null, envAttemptNumber: null }), owner(), false],
  ])('%s', (_, machine, snapshot, suspected) => {
    expect(isSuspected(machine, snapshot)).toBe(suspected);
  });
});
