import { describe, expect, it } from 'vitest';
import { aMachine, anInstance, aSpec, at, holding } from '../../../test/support/snapshot-builder.js';
import type { SentChange, SpecUpdate } from './spec-update-progress.js';
import { applyUpdate } from './apply-update.js';
import { machinePartOf, nextChange, settledUpdate, withdrawn } from './spec-update.js';
import type { Instance, Snapshot } from './instance.js';
import type { InstanceSpec } from './instance-spec.js';

const NOW = at(100);
const sent = (changes: Partial<SentChange> = {}): SentChange => ({
  verb: 'upgrade',
  machineId: 'm1',
  firstAt: at(90),
  sentAt: at(90),
  acknowledged: true,
  doubtful: false,
  tries: 1,
  unseen: 1,
  notBefore: at(90),
  refusal: null,
  ...changes,
});
const update = (changes: Partial<SpecUpdate> = {}): SpecUpdate => ({
  generation: 2,
  strategy: 'inPlace',
  state: 'pending',
  fields: ['image', 'rootfsSizeGb'],
  since: at(50),
  endedAt: null,
  firstAttempt: 2,
  isSettled: false,
  isTouched: false,
  before: machinePartOf(aSpec({ image: 'old', rootfsSizeGb: 60 })),
  sent: null,
  doubtUntil: null,
  failure: null,
  ...changes,
});

describe('what follows from a look at the machine', () => {
  it.each<[string, SpecUpdate, Parameters<typeof nextChange>[2], boolean, number, string]>([
    ['it is as asked for', update({ sent: sent() }), [], false, 100, 'settled'],
    ['its image differs', update(), ['image', 'rootfsSizeGb'], false, 100, 'upgrade'],
    ['its disk is too small', update(), ['rootfsSizeGb'], false, 100, 'edit'],
    ['its ports differ', update(), ['ports'], false, 100, 'edit'],
    ['an upgrade may still show', update({ sent: sent() }), ['image'], false, 100, 'wait'],
    ['an upgrade shows nothing', update({ sent: sent() }), ['image'], false, 106, 'upgrade'],
    ['an edit may still show', update({ sent: sent({ verb: 'edit' }) }), ['ports'], false, 179, 'wait'],
    ['an edit shows nothing', update({ sent: sent({ verb: 'edit' }) }), ['ports'], false, 181, 'edit'],
    ['an edit follows an upgrade', update({ sent: sent() }), ['ports'], false, 91, 'edit'],
    ['it was refused for now', update({ sent: sent({ acknowledged: false }) }), ['image'], false, 91, 'upgrade'],
    ['three showed nothing', update({ sent: sent({ unseen: 3 }) }), ['image'], false, 400, 'give-up'],
    ['its time is over', update({ sent: sent() }), ['image'], true, 1_000, 'give-up'],
  ])('when %s', (_, given, differing, isLate, seconds, expected) => {
    const next = nextChange(given, 'm1', differing, isLate, at(seconds));
    expect(next.kind === 'send' ? next.verb : next.kind).toBe(expected);
  });

  it('a disk is not told to grow again while the first request may still be carried out', () => {
    const lost = update({
      sent: sent({ verb: 'edit', acknowledged: false, doubtful: true }),
      doubtUntil: at(210),
    });
    expect(nextChange(lost, 'm1', ['rootfsSizeGb'], false, at(205))).toEqual({ kind: 'wait' });
    expect(nextChange(lost, 'm1', ['rootfsSizeGb'], false, at(211))).toEqual({ kind: 'send', verb: 'edit' });
  });

  it('nothing is sent while what an earlier update sent may still be carried out', () => {
    const next = update({ doubtUntil: at(210) });
    expect(nextChange(next, 'm1', ['image'], false, at(205))).toEqual({ kind: 'wait' });
    expect(nextChange(next, 'm1', ['image'], false, at(211))).toEqual({ kind: 'send', verb: 'upgrade' });
  });

  it('what was sent to another machine says nothing of this one', () => {
    expect(nextChange(update({ sent: sent() }), 'm2', ['image'], false, NOW)).toEqual({
      kind: 'send',
      verb: 'upgrade',
    });
  });
});

const asked = (
  changes: Partial<InstanceSpec>,
  given: Partial<Instance> = {},
  strategy: SpecUpdate['strategy'] = 'inPlace',
) => {
  const snapshot = holding(aMachine('running'), anInstance(given));
  return applyUpdate(snapshot, { spec: { ...snapshot.instance.spec, ...changes }, strategy }, NOW);
};
const changed = (...given: Parameters<typeof asked>): Instance => {
  const result = asked(...given);
  if (result.kind !== 'changed') throw new Error(result.kind);
  return result.instance;
};

describe('an update', () => {
  it('of the machine is pending, with what was before it', () => {
    expect(changed({ image: 'new' })).toMatchObject({
      generation: 2,
      spec: { image: 'new' },
      update: {
        state: 'pending',
        fields: ['image'],
        before: { image: 'example/image:1' },
        firstAttempt: 2,
        sent: null,
      },
    });
  });

  it('of labels leaves the machine, and what was sent to it, alone', () => {
    const action = { verb: 'start', generation: 1 } as never;
    const snapshot = holding(aMachine('exited'), anInstance({}, { action }));
    const spec = { ...snapshot.instance.spec, labels: { a: 'b' } };
    const result = applyUpdate(snapshot, { spec, strategy: 'inPlace' }, NOW);
    expect(result).toMatchObject({
      kind: 'changed',
      instance: { generation: 2, update: null, progress: { action: { verb: 'start', generation: 2 } } },
    });
  });

  it('that changes nothing is none', () => {
    expect(asked({}).kind).toBe('unchanged');
  });

  it('takes the place of one that Novita was not asked for, and keeps what was before both', () => {
    const before = machinePartOf(aSpec({ image: 'oldest' }));
    const next = changed({ rootfsSizeGb: 80 }, { update: update({ fields: ['image'], before }) });
    expect(next.update).toMatchObject({ fields: ['image', 'rootfsSizeGb'], before: { image: 'oldest' } });
  });

  it('is refused while another is under way at Novita, but not when it touches no machine', () => {
    const given = { update: update({ sent: sent() }) };
    expect(() => asked({ image: 'new' }, given)).toThrow(expect.objectContaining({ code: 'UPDATE_UNDER_WAY' }));
    expect(changed({ onReclaim: 'none' }, given).update).toEqual(given.update);
  });

  it('cannot shrink the disk of a machine, but buys one with a smaller disk', () => {
    expect(() => asked({ rootfsSizeGb: 50 })).toThrow(expect.objectContaining({ code: 'DISK_CANNOT_SHRINK' }));
    expect(changed({ rootfsSizeGb: 50 }, {}, 'replace').update).toMatchObject({ strategy: 'replace' });
  });
});

describe('an update that has failed', () => {
  const failure = { code: 'UPDATE_REJECTED', message: 'no' } as const;
  const world = (given: SpecUpdate): Snapshot =>
    holding(aMachine('running'), anInstance({ spec: aSpec({ image: 'new', rootfsSizeGb: 80 }), update: given }));

  it('gives back the spec before it, and a machine that may have been changed is looked at again', () => {
    const after = withdrawn(world(update({ sent: sent() })), failure, NOW);
    expect(after).toMatchObject({
      spec: { image: 'old', rootfsSizeGb: 60 },
      update: { state: 'failed', failure, isSettled: false, sent: null, before: null, endedAt: NOW },
    });
    expect(withdrawn(world(update({ strategy: 'replace' })), failure, NOW).update?.isSettled).toBe(true);
    // the machine may be as an update before it has left it
    const touched = update({ strategy: 'replace', isTouched: true });
    expect(withdrawn(world(touched), failure, NOW).update?.isSettled).toBe(false);
  });

  it('keeps what it has changed already', () => {
    const after = withdrawn(world(update({ sent: sent() })), failure, NOW, ['rootfsSizeGb']);
    expect(after.spec).toMatchObject({ image: 'new', rootfsSizeGb: 60 });
  });

  it('stays failed when the machine is what it was', () => {
    expect(settledUpdate(update({ state: 'failed', endedAt: at(70) }), NOW)).toMatchObject({
      state: 'failed',
      endedAt: at(70),
      isSettled: true,
    });
    expect(settledUpdate(update(), NOW)).toMatchObject({ state: 'applied', endedAt: NOW, before: null });
  });
});
