import { describe, expect, it } from 'vitest';
import { aMachine, anInstance, aSpec, at, holding, POLICY, T0 } from '../../../test/support/snapshot-builder.js';
import { NO_READINESS } from '../domain/progress.js';
import { machinePartOf } from '../domain/spec-update.js';
import type { SpecUpdate } from '../domain/spec-update-progress.js';
import type { Snapshot } from '../domain/instance.js';
import type { ActionAnswer } from './action-transitions.js';
import { written } from './instance-change.js';
import { failed } from './placement-waits.js';
import { changeAnswered, changeIntended, updateSettled } from './update-transitions.js';

const NOW = at(100);
const machine = aMachine('running');
const pending: SpecUpdate = {
  generation: 2,
  strategy: 'inPlace',
  state: 'pending',
  fields: ['image'],
  since: at(50),
  endedAt: null,
  firstAttempt: 2,
  isSettled: false,
  isTouched: false,
  before: machinePartOf(aSpec({ image: 'old' })),
  sent: null,
  doubtUntil: null,
  failure: null,
};
const readiness = { ...NO_READINESS, verdict: 'ready', runningSince: T0, readyAt: T0 } as const;
const snapshotWith = (update: SpecUpdate | null): Snapshot =>
  holding(machine, anInstance({ update, spec: aSpec({ image: 'new' }) }, { readiness }));
const intended = (update = pending): SpecUpdate => {
  const made = changeIntended(snapshotWith(update), 'upgrade', machine, POLICY, at(90));
  if (!made) throw new Error('there is no update');
  return made;
};
const answered = (answer: ActionAnswer, update = pending) =>
  changeAnswered(snapshotWith(intended(update)), intended(update), update, answer, NOW);
const refusal = (reason: string): ActionAnswer => ({
  kind: 'rejected',
  rejection: { reason, message: 'no', httpStatus: 400, retryAfterSeconds: null },
});

describe('a change that is about to be sent', () => {
  it('may have been carried out until its answer is here, and for as long as a create may', () => {
    expect(intended()).toMatchObject({
      sent: { verb: 'upgrade', machineId: 'm1', doubtful: true, acknowledged: false, unseen: 1, firstAt: at(90) },
      doubtUntil: at(90 + POLICY.createSettleSeconds),
    });
  });

  it('counts on from the last one', () => {
    expect(intended(intended()).sent).toMatchObject({ tries: 2, unseen: 2, firstAt: at(90) });
  });
});

describe('the answer to it', () => {
  it('acknowledged: a look shows the rest', () => {
    expect(answered({ kind: 'acknowledged' })).toMatchObject({
      instance: { update: { sent: { acknowledged: true, doubtful: false, sentAt: NOW }, doubtUntil: null } },
      events: [{ type: 'machine.upgrade_acknowledged' }],
    });
  });

  it.each<[string, ActionAnswer, boolean]>([
    ['lost', { kind: 'ambiguous', why: 'cut' }, true],
    ['not sent', { kind: 'not-sent', why: 'cut' }, false],
    ['refused for now', refusal('OPERATION_LIMIT'), false],
    ['refused without saying whether it was done', refusal('CONFLICT'), true],
  ])('%s: it is tried again, and told once', (_, answer, doubtful) => {
    const change = answered(answer);
    const update = change?.instance?.update;
    expect(update?.sent).toMatchObject({ acknowledged: false, doubtful, unseen: doubtful ? 1 : 0 });
    expect(update?.doubtUntil !== null).toBe(doubtful);
    expect(change?.events).toHaveLength(1);
    expect(answered(answer, update ?? pending)?.events).toEqual([]);
  });

  it('refused: the update has failed, and the spec is what it was', () => {
    expect(answered(refusal('IMAGE_NOT_FOUND'))).toMatchObject({
      instance: { spec: { image: 'old' }, update: { state: 'failed', failure: { code: 'UPDATE_REJECTED' } } },
      events: [{ type: 'machine.upgrade_rejected' }, { type: 'update.failed' }],
    });
  });

  it('of a machine that cannot be brought back ends that, and is told once', () => {
    const change = answered(refusal('IMAGE_NOT_FOUND'), { ...pending, state: 'failed', before: null });
    expect(change).toMatchObject({ instance: { update: { state: 'failed', isSettled: true } } });
    expect(change?.events).toHaveLength(1);
  });

  it('to an update that is over is nothing', () => {
    const sent = intended();
    expect(changeAnswered(snapshotWith(null), sent, pending, { kind: 'acknowledged' }, NOW)).toBeNull();
    expect(changeAnswered(snapshotWith(pending), sent, pending, { kind: 'acknowledged' }, NOW)).toBeNull();
  });
});

describe('an update that the machine has', () => {
  it('is applied, and the workload of a container that was made anew is asked anew', () => {
    expect(updateSettled(snapshotWith(intended()), NOW)).toMatchObject({
      instance: { update: { state: 'applied', isSettled: true } },
      progress: { readiness: { readyAt: null, runningSince: null } },
      events: [{ type: 'update.applied', data: { generation: 2, fields: ['image'] } }],
    });
    expect(updateSettled(snapshotWith(pending), NOW).progress?.readiness?.readyAt).toEqual(T0);
  });
});

describe('an instance that fails while its machine is changed', () => {
  const fails = (update: SpecUpdate) =>
    written(snapshotWith(update), failed({ code: 'MACHINE_FAILED', message: 'x', machine: 'stop' }, NOW));

  it('fails by the update: the spec is what it was', () => {
    const { after, events = [] } = fails(intended());
    expect(after).toMatchObject({
      spec: { image: 'old' },
      update: { state: 'failed', isSettled: false, failure: { code: 'MACHINE_FAILED' } },
    });
    expect(events.map(({ type }) => type)).toEqual(['instance.failed', 'update.failed']);
  });

  it('keeps an update that Novita was not asked for', () => {
    expect(fails(pending).after).toMatchObject({ spec: { image: 'new' }, update: { state: 'pending' } });
  });
});
