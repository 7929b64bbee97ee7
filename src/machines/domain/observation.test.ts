import { describe, expect, it } from 'vitest';
import { aMachine, at, T0 } from '../../../test/support/snapshot-builder.js';
import type { Access, Machine, MachineState, Observation } from './machine.js';
import { mergeObservation } from './observation.js';

const access: Access = { sshCommand: 'ssh root@x', sshPassword: 'p', webTerminal: null, jupyterUrl: null };
const seen = (state: MachineState, changes: Partial<Observation> = {}, way: Access | null = null) => ({
  observation: { ...aMachine(state).observation, ...changes },
  access: way,
});
const merge = (known: Machine, look: ReturnType<typeof seen>) => mergeObservation(known, look, at(10));
const unaddressed = [{ port: 8188, protocol: 'http' as const, address: null }];

describe('a look at a machine', () => {
  it('that shows the same is no news, also when its keys come back from the database in another order', () => {
    const known = aMachine('running', { access });
    const { state, statusWord, failure, endpoints, startedAt, spot } = known.observation;
    const stored = { ...known, observation: { spot, startedAt, state, failure, endpoints, statusWord } };
    expect(merge(stored, seen('running'))).toMatchObject({ news: false, differs: false, access, changedAt: T0 });
  });

  it('that shows another state is news, and the change is dated by the look', () => {
    expect(merge(aMachine('pulling'), seen('running'))).toMatchObject({ news: true, differs: true, changedAt: at(10) });
  });

  it('that shows another word for the same state is news, and no change of state', () => {
    expect(merge(aMachine('starting'), seen('starting', { statusWord: 'toStart' }))).toMatchObject({
      news: true,
      changedAt: T0,
    });
  });

  it('of a machine that was missing before is news: it is there after all', () => {
    expect(merge(aMachine('running', { missingProofs: 1 }), seen('running'))).toMatchObject({ news: true });
  });

  it('that brings only a way in differs, and nudges nobody', () => {
    expect(merge(aMachine('running'), seen('running', {}, access))).toMatchObject({
      news: false,
      differs: true,
      access,
    });
  });

  it('by list keeps the addresses and the way in of the same run', () => {
    const merged = merge(aMachine('running', { access }), seen('running', { endpoints: [] }));
    expect(merged).toMatchObject({ news: false, access });
    expect(merged.observation.endpoints).toEqual(aMachine('running').observation.endpoints);
    expect(merge(aMachine('running'), seen('running', { endpoints: unaddressed })).observation.endpoints).toEqual(
      aMachine('running').observation.endpoints,
    );
  });

  it('of a machine that does not run any more forgets addresses and passwords: they change at every start', () => {
    const merged = merge(aMachine('running', { access }), seen('exited', { endpoints: [] }));
    expect(merged.access).toBeNull();
    expect(merged.observation.endpoints).toEqual(unaddressed);
  });

  it('of a machine that runs anew takes nothing over from before', () => {
    const before = aMachine('exited', { access });
    before.observation.endpoints = aMachine('running').observation.endpoints;
    const merged = merge(before, seen('running', { endpoints: unaddressed }));
    expect(merged).toMatchObject({ access: null });
    expect(merged.observation.endpoints).toEqual(unaddressed);
  });

  it('by id that leaves out the spot side keeps what the list said about this run', () => {
    const notified = { state: 'notified' as const, reclaimAt: null };
    const known = aMachine('running');
    known.observation.spot = notified;
    expect(merge(known, seen('running')).observation.spot).toEqual(notified);
    expect(merge(known, seen('exited')).observation.spot).toBeNull();
    const down = aMachine('exited');
    down.observation.spot = { state: 'terminated', reclaimAt: null };
    expect(merge(down, seen('exited')).observation.spot).toEqual({ state: 'terminated', reclaimAt: null });
    expect(merge(down, seen('starting')).observation.spot).toBeNull();
  });
});
