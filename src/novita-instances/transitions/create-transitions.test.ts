import { describe, expect, it } from 'vitest';
import {
  aMachine,
  anAttempt,
  anInstance,
  aSpec,
  at,
  holding,
  POLICY,
  T0,
  told,
} from '../../../test/support/snapshot-builder.js';
import { orderMachine } from '../../placement/machine-order.js';
import type { Attempt, Snapshot } from '../domain/instance.js';
import {
  createAnswered,
  createDoubted,
  createIntended,
  createWrittenOff,
  intendedAttempt,
  type CreateAnswer,
} from './create-transitions.js';

const NOW = at(5);
const sending = (changes: Partial<Attempt> = {}): Attempt =>
  anAttempt({ state: 'SENDING', machineId: null, decidedAt: null, ...changes });
const asked = (attempts: Attempt[] = [sending()], instance = anInstance()): Snapshot =>
  told({ instance, attempts, machines: [] });
const order = orderMachine(aSpec(), null, anAttempt().offer, 'nvt-tag');
const answered = (answer: CreateAnswer, snapshot = asked()) => {
  if (!order) throw new Error('the spec has an image');
  return createAnswered(snapshot, 1, order, answer, POLICY, NOW);
};
const refusal = (reason: string): CreateAnswer => ({
  kind: 'rejected',
  rejection: { reason, message: 'no', httpStatus: 400, retryAfterSeconds: null },
});
const typesOf = (change: ReturnType<typeof answered>) => change?.events?.map(({ type }) => type);

describe('a create that is about to be sent', () => {
  it('is recorded with its offer and its settle window, and ends the wait for a turn', () => {
    const waiting = anInstance();
    waiting.progress.placement = {
      ...waiting.progress.placement,
      waitingFor: 'rate-limit',
      heldSince: T0,
      detail: 'x',
    };
    const snapshot = asked([], waiting);
    const attempt = intendedAttempt(snapshot, { number: 3, tag: 'nvt-3', offer: anAttempt().offer }, POLICY, NOW);
    expect(attempt).toMatchObject({ number: 3, state: 'SENDING', sentAt: NOW, machineId: null, decidedAt: null });
    expect(attempt.settleAfter).toEqual(at(5 + POLICY.createSettleSeconds));
    const change = createIntended(snapshot, attempt, NOW);
    expect(change.attempts).toEqual([attempt]);
    expect(change.progress?.placement).toMatchObject({ waitingFor: null, detail: null, heldSince: null });
    expect(change.progress?.heldUp).toEqual([{ from: T0, to: NOW }]);
  });
});

describe('the answer to a create', () => {
  it('with an id binds the machine to an instance without one', () => {
    expect(answered({ kind: 'accepted', machineId: 'm7' })).toMatchObject({
      instance: { machineId: 'm7' },
      attempts: [{ state: 'ACCEPTED', machineId: 'm7', decidedAt: NOW }],
      machines: [{ machineId: 'm7', attemptNumber: 1, observation: { state: 'queued' } }],
      events: [{ type: 'placement.accepted', data: { attempt: 1, machineId: 'm7' } }],
    });
  });

  it('with an id leaves the instance on the machine that it has meanwhile', () => {
    const snapshot = { ...holding(aMachine('running', { machineId: 'm9' })), attempts: [sending()] };
    const change = answered({ kind: 'accepted', machineId: 'm7' }, snapshot);
    expect(change).toMatchObject({
      attempts: [{ state: 'ACCEPTED', machineId: 'm7' }],
      machines: [{ machineId: 'm7' }],
    });
    expect(change).not.toHaveProperty('instance');
  });

  it.each<[string, CreateAnswer, string, string[]]>([
    ['without capacity asks for the next offer', refusal('INSUFFICIENT_RESOURCE'), 'REJECTED', ['placement.rejected']],
    ['without balance waits', refusal('BALANCE_NOT_ENOUGH'), 'REJECTED', ['placement.rejected']],
    [
      'with a fault of the request fails the instance',
      refusal('VALIDATOR_PARAM'),
      'REJECTED',
      ['placement.rejected', 'instance.failed'],
    ],
    ['that decides nothing is a doubt', refusal('INTERNAL'), 'AMBIGUOUS', ['placement.ambiguous']],
    ['that never came is a doubt', { kind: 'ambiguous', why: 'cut' }, 'AMBIGUOUS', ['placement.ambiguous']],
    ['to nothing that was sent is tried again', { kind: 'not-sent', why: 'cut' }, 'NOT_SENT', ['placement.not_sent']],
  ])('%s', (_, answer, state, types) => {
    const change = answered(answer);
    expect(change?.attempts).toMatchObject([{ number: 1, state }]);
    expect(typesOf(change)).toEqual(types);
  });

  it('that waits says for what, and holds the deadline of capacity meanwhile', () => {
    expect(answered(refusal('BALANCE_NOT_ENOUGH'))?.progress?.placement).toMatchObject({
      waitingFor: 'balance',
      heldSince: NOW,
      notBefore: at(15),
    });
  });

  it('of the same sort as the last one waits longer', () => {
    const before = sending({ number: 0, state: 'REJECTED', reason: 'BALANCE_NOT_ENOUGH' });
    const change = answered(refusal('BALANCE_NOT_ENOUGH'), asked([before, sending()]));
    expect(change?.progress?.placement?.notBefore).toEqual(at(25));
  });

  it('that is in doubt fails an instance that wants that, and deletes what may come', () => {
    const impatient = anInstance({ spec: aSpec({ onAmbiguous: 'fail' }) });
    const change = answered({ kind: 'ambiguous', why: 'cut' }, asked([sending()], impatient));
    expect(change?.progress?.failure).toMatchObject({ code: 'CREATE_UNCERTAIN', machine: 'release' });
  });

  it('of a replacement that has ended is no failure of the machine that the instance has', () => {
    const impatient = anInstance({ machineId: 'm1', spec: aSpec({ onAmbiguous: 'fail' }) });
    const late = asked([anAttempt(), sending({ number: 2 })], impatient);
    const change = createDoubted(late, sending({ number: 2 }), 'SENDER_LOST', 'it is gone', NOW);
    expect(change.attempts).toMatchObject([{ number: 2, state: 'AMBIGUOUS' }]);
    expect(change.progress?.failure).toBeUndefined();
  });

  it('to an attempt that a sweep has decided changes nothing', () => {
    const decided = asked([sending({ state: 'ACCEPTED', machineId: 'm7' })]);
    expect(answered({ kind: 'accepted', machineId: 'm7' }, decided)).toBeNull();
    expect(answered({ kind: 'ambiguous', why: 'late' }, decided)).toBeNull();
    expect(answered({ kind: 'accepted', machineId: 'm7' }, asked([]))).toBeNull();
  });

  it('with another id than the sweep found records the second machine, so that it is deleted', () => {
    const decided = asked([sending({ state: 'ACCEPTED', machineId: 'm7' })]);
    const change = answered({ kind: 'accepted', machineId: 'm8' }, decided);
    expect(change).toEqual({ machines: [expect.objectContaining({ machineId: 'm8' })], nudge: true });
  });
});

it('a create that is written off keeps its number and its tag', () => {
  const attempt = sending({ state: 'AMBIGUOUS', cleanPasses: 3 });
  expect(createWrittenOff(attempt, NOW)).toEqual({
    attempts: [{ ...attempt, state: 'ABSENT', decidedAt: NOW }],
    events: [{ type: 'placement.absent', data: { attempt: 1, cleanPasses: 3 } }],
  });
});
