import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Access, Machine, MachineState, Observation } from '../../src/machines/domain/machine.js';
import type { ObservedMachine } from '../../src/machines/store/machine-store.js';
import { aMachine, anAttempt, at } from '../support/snapshot-builder.js';
import { StoreStage } from '../support/store-stage.js';

let stage: StoreStage;
/** The instance of this test and its machine. */
let id: string;
let machineId: string;
let made = 0;
beforeAll(async () => {
  stage = await StoreStage.open();
});
afterAll(() => stage.close());

const ACCESS: Access = { sshCommand: 'ssh x', sshPassword: 'p', webTerminal: null, jupyterUrl: null };

beforeEach(async () => {
  made += 1;
  stage.now = at(0);
  id = (await stage.made(`seen-${made}`)).instance.id;
  machineId = `m-${made}`;
});
const holds = async (machine: Partial<Machine> = {}, state: MachineState = 'running'): Promise<void> => {
  await stage.commit(id, {
    instance: { machineId },
    attempts: [anAttempt({ tag: `tag-${made}`, machineId })],
    machines: [aMachine(state, { machineId, ...machine })],
  });
  await stage.nudged();
};
const observed = (state: MachineState, changes: Partial<ObservedMachine> = {}): ObservedMachine => ({
  machineId,
  instanceId: id,
  attemptNumber: 1,
  observation: aMachine(state).observation,
  access: null,
  ...changes,
});
const see = (state: MachineState, seconds: number, changes: Partial<ObservedMachine> = {}) =>
  stage.store.recordObservations([observed(state, changes)], at(seconds));
const machine = async (): Promise<Machine | undefined> => (await stage.snapshot(id)).machines[0];

describe('an observation', () => {
  it('of what is known already is no news, and only dates the look', async () => {
    await holds();
    expect(await see('running', 5)).toEqual([]);
    expect(await stage.nudged()).toEqual([]);
    expect(await machine()).toMatchObject({ observedAt: at(5), changedAt: at(0) });
  });

  it('that is news nudges the instance in the same transaction', async () => {
    await holds();
    expect(await see('exited', 5)).toEqual([id]);
    expect(await stage.nudged()).toEqual([id]);
    expect(await machine()).toMatchObject({ observedAt: at(5), changedAt: at(5), observation: { state: 'exited' } });
  });

  it('older than what is known changes nothing', async () => {
    await holds({ observedAt: at(10) });
    expect(await see('exited', 9)).toEqual([]);
    expect(await see('exited', 10)).toEqual([]);
    expect(await machine()).toMatchObject({ observedAt: at(10), observation: { state: 'running' } });
  });

  it('older than a look that found nothing does not bring the machine back', async () => {
    await holds();
    await stage.store.recordMissing(machineId, at(70));
    expect(await see('running', 69)).toEqual([]);
    expect(await machine()).toMatchObject({ missingProofs: 1 });
    expect(await see('running', 71)).toEqual([id]);
    expect(await machine()).toMatchObject({ missingProofs: 0, lastMissingAt: null });
  });

  it('by id brings the way in without waking anybody, and one by list does not lose it', async () => {
    await holds();
    expect(await see('running', 5, { access: ACCESS })).toEqual([]);
    expect(await see('running', 6)).toEqual([]);
    expect(await machine()).toMatchObject({ access: ACCESS });
  });

  it('of a machine that nobody knows is recorded and told: a create whose answer was lost', async () => {
    await stage.commit(id, { attempts: [anAttempt({ tag: `tag-${made}`, state: 'SENDING', machineId: null })] });
    expect(await see('creating', 5)).toEqual([id]);
    expect(await machine()).toMatchObject({ attemptNumber: 1, firstSeenAt: at(5) });
  });

  it('of one that is removed already, or of an instance that does not exist, is nobody’s', async () => {
    expect(await see('removed', 5)).toEqual([]);
    expect(await see('running', 5, { instanceId: 'ins_00000000000000000000000000' })).toEqual([]);
    expect(await machine()).toBeUndefined();
  });

  it('of a machine that its instance does not hold is news at every look: it is never forgotten', async () => {
    await holds();
    await stage.commit(id, { instance: { machineId: null } });
    expect(await see('running', 5)).toEqual([id]);
    expect(await see('running', 6)).toEqual([id]);
  });

  it('of a machine on record as gone brings it back when it is seen alive a minute later, and has it deleted anew', async () => {
    await holds({ releaseAcknowledgedAt: at(1), missingProofs: 2 });
    stage.now = at(10);
    await stage.commit(id, {
      instance: { machineId: null, desired: 'deleted', deletedAt: at(10) },
      gone: [machineId],
    });
    expect(await see('running', 69)).toEqual([]);
    expect(await see('removed', 99)).toEqual([]);
    expect(await machine()).toMatchObject({ goneAt: at(10) });
    expect(await see('running', 99)).toEqual([id]);
    expect(await machine()).toMatchObject({ goneAt: null, releaseAcknowledgedAt: null, missingProofs: 0 });
  });

  it('many at once are each recorded, in whatever order they come', async () => {
    const { length } = await stage.store.recordObservations(
      Array.from({ length: 250 }, (_, index) =>
        observed('creating', { machineId: `${machineId}-${(index * 7) % 250}` }),
      ),
      at(5),
    );
    expect(length).toBeGreaterThan(0);
    expect((await stage.snapshot(id)).machines).toHaveLength(250);
  });

  it('the same looks recorded by two at once do not get in each other’s way', async () => {
    await holds();
    const both = (seconds: number, state: MachineState) =>
      Array.from({ length: 6 }, (_, index) => see(index % 2 === 0 ? state : 'running', seconds + index));
    for (let seconds = 20; seconds < 320; seconds += 10) {
      await Promise.all(both(seconds, 'exited'));
      expect(await machine()).toMatchObject({ observedAt: at(seconds + 5), observation: { state: 'running' } });
    }
  });
});

describe('a look that finds nothing', () => {
  it('is a proof once in thirty seconds, and each is news', async () => {
    await holds();
    // younger than a minute, it may not be known to Novita itself
    expect(await stage.store.recordMissing(machineId, at(59))).toBeNull();
    expect(await stage.store.recordMissing(machineId, at(60))).toBe(id);
    expect(await stage.nudged()).toEqual([id]);
    expect(await stage.store.recordMissing(machineId, at(89))).toBeNull();
    expect(await stage.store.recordMissing(machineId, at(90))).toBe(id);
    expect(await machine()).toMatchObject({ missingProofs: 2, lastMissingAt: at(90) });
  });

  it('older than one that found it proves nothing', async () => {
    await holds({ observedAt: at(10) });
    expect(await stage.store.recordMissing(machineId, at(10))).toBeNull();
    expect(await machine()).toMatchObject({ missingProofs: 0 });
  });

  it('after an acknowledged delete is a proof every 1.5 s, and those from before do not count', async () => {
    await holds();
    await stage.store.recordMissing(machineId, at(60));
    await stage.store.recordDeleteAcknowledged(machineId, at(61));
    expect(await machine()).toMatchObject({ missingProofs: 0, releaseAcknowledgedAt: at(61) });
    expect(await stage.store.recordMissing(machineId, at(62))).toBe(id);
    expect(await stage.store.recordMissing(machineId, at(63))).toBeNull();
    expect(await stage.store.recordMissing(machineId, at(63.5))).toBe(id);
  });

  it('counts once when two find it at the same time, and not at all for a machine that is gone', async () => {
    await holds();
    await Promise.all([1, 2, 3].map(() => stage.store.recordMissing(machineId, at(70))));
    expect(await machine()).toMatchObject({ missingProofs: 1 });
    await stage.commit(id, { gone: [machineId] });
    expect(await stage.store.recordMissing(machineId, at(99))).toBeNull();
  });
});

describe('a clean pass', () => {
  const open = anAttempt({ state: 'AMBIGUOUS', machineId: null, decidedAt: null, sentAt: at(100) });
  const passes = async (): Promise<number | undefined> => (await stage.snapshot(id)).attempts[0]?.cleanPasses;
  const pass = (startedAt: number) =>
    stage.store.concludePass({ startedAt: at(startedAt), seen: [], spacingSeconds: 20 });

  it('counts for unanswered creates that were sent before it began, and not more often than spaced', async () => {
    await stage.commit(id, { attempts: [{ ...open, tag: `tag-${made}` }] });
    await pass(100);
    expect(await passes()).toBe(0);
    await pass(101);
    await pass(120);
    expect(await passes()).toBe(1);
    await pass(121);
    expect(await passes()).toBe(2);
  });

  it.each(['SENDING', 'ACCEPTED', 'ABSENT'] as const)('does not count for a create that is %s', async (state) => {
    await stage.commit(id, { attempts: [{ ...open, state, tag: `tag-${made}` }] });
    await pass(500);
    expect(await passes()).toBe(0);
  });

  it('unanswered creates are counted, and slow ones with them', async () => {
    await stage.database.updateTable('create_attempts').set({ state: 'ABSENT' }).execute();
    await stage.commit(id, { attempts: [{ ...open, state: 'SENDING', tag: `tag-${made}` }] });
    expect(await stage.store.countOpenAttempts(at(100))).toBe(0);
    expect(await stage.store.countOpenAttempts(at(101))).toBe(1);
    await stage.commit(id, { attempts: [{ ...open, tag: `tag-${made}` }] });
    expect(await stage.store.countOpenAttempts(at(0))).toBe(1);
  });
});

describe('the machines to watch', () => {
  const watched = async () => (await stage.store.watchedMachines()).find((each) => each.machineId === machineId);
  const noAddress: Observation = {
    ...aMachine('running').observation,
    endpoints: [{ port: 1, protocol: 'tcp', address: null }],
  };

  it('are those that are not gone, with what they lack', async () => {
    await holds();
    expect(await watched()).toMatchObject({ instanceId: id, lacksAccess: true, lacksAddress: false, missing: false });
    await see('running', 5, { access: ACCESS });
    expect(await watched()).toMatchObject({ lacksAccess: false, observedAt: at(5) });
    await stage.store.recordMissing(machineId, at(60));
    expect(await watched()).toMatchObject({ missing: true });
    await stage.commit(id, { gone: [machineId] });
    expect(await watched()).toBeUndefined();
  });

  it('lack nothing while they do not run, and an address when one of their ports has none', async () => {
    await holds({}, 'pulling');
    expect(await watched()).toMatchObject({ lacksAccess: false, lacksAddress: false });
    await see('running', 5, { observation: noAddress });
    expect(await watched()).toMatchObject({ lacksAccess: true, lacksAddress: true });
  });

  it('are watched as closely as their instance asked', async () => {
    await holds();
    const { instance } = await stage.snapshot(id);
    await stage.store.rest(instance, { wakeAt: null, watchClosely: false });
    expect(await watched()).toMatchObject({ closely: false });
    await stage.store.rest(instance, { wakeAt: null, watchClosely: true });
    expect(await watched()).toMatchObject({ closely: true });
  });
});
