import { describe, expect, it } from 'vitest';
import { aMachine, anInstance, aSentAction, at, holding, POLICY } from '../../../test/support/snapshot-builder.js';
import type { SentAction } from '../domain/progress.js';
import {
  actionAnswered,
  actionIntended,
  actionWaitsForTurn,
  lastAction,
  startWaitsForPrice,
  type ActionAnswer,
} from './action-transitions.js';

const NOW = at(50);
const machine = aMachine('exited');
const snapshotWith = (action: SentAction | null) => holding(machine, anInstance({}, { action }));
const refusal = (reason: string, retryAfterSeconds: number | null = null): ActionAnswer => ({
  kind: 'rejected',
  rejection: { reason, message: 'no', httpStatus: 400, retryAfterSeconds },
});

describe('a request that is about to be sent', () => {
  it('may have been carried out until its answer is here', () => {
    expect(actionIntended(snapshotWith(null), 'start', machine, POLICY, NOW)).toMatchObject({
      verb: 'start',
      generation: 1,
      acknowledged: false,
      doubtful: true,
      tries: 1,
      unseen: 1,
      notBefore: at(50 + POLICY.requestTimeoutSeconds),
    });
  });

  it('counts on from the last one of the same command, and from the beginning for another command', () => {
    const last = aSentAction({ tries: 3, acknowledgements: 2 });
    expect(actionIntended(snapshotWith(last), 'start', machine, POLICY, NOW)).toMatchObject({
      tries: 4,
      acknowledgements: 2,
    });
    expect(actionIntended(snapshotWith(last), 'stop', machine, POLICY, NOW)).toMatchObject({
      tries: 1,
      acknowledgements: 0,
    });
    expect(lastAction(snapshotWith({ ...last, generation: 0 }), 'start')).toBeNull();
  });
});

describe('the answer to it', () => {
  const sent = aSentAction({ acknowledged: false, acknowledgements: 0, doubtful: true, sentAt: at(40) });
  const answered = (answer: ActionAnswer, before: SentAction | null = null, current: SentAction | null = sent) =>
    actionAnswered(snapshotWith(current), sent, before, 'm1', answer, NOW);

  it.each<[string, ActionAnswer, Partial<SentAction>, string]>([
    ['acknowledged', { kind: 'acknowledged' }, { acknowledged: true, doubtful: false, sentAt: NOW }, 'acknowledged'],
    ['lost', { kind: 'ambiguous', why: 'cut' }, { doubtful: true, isPassing: true, unseen: 1 }, 'ambiguous'],
    ['not sent', { kind: 'not-sent', why: 'cut' }, { doubtful: false, isPassing: true, unseen: 0 }, 'not_sent'],
    ['unknown to Novita', { kind: 'not-found' }, { doubtful: false, isPassing: false, unseen: 0 }, 'not_found'],
    ['refused', refusal('INSTANCE_LOCKED'), { isPassing: false, refusal: 'INSTANCE_LOCKED: no' }, 'rejected'],
    ['refused for now', refusal('BALANCE_NOT_ENOUGH'), { isPassing: true }, 'rejected'],
    ['refused without saying whether it was done', refusal('INTERNAL'), { doubtful: true, unseen: 1 }, 'rejected'],
  ])('%s', (_, answer, action, event) => {
    expect(answered(answer)).toMatchObject({ progress: { action }, events: [{ type: `machine.start_${event}` }] });
  });

  it('is tried again after a back-off, or when Novita says, whichever is later', () => {
    expect(answered(refusal('OPERATION_LIMIT'))?.progress?.action?.notBefore).toEqual(at(54));
    expect(answered(refusal('OPERATION_LIMIT', 90))?.progress?.action?.notBefore).toEqual(at(140));
  });

  it('is told once while it stays the same', () => {
    const before = aSentAction({ refusal: 'INSTANCE_LOCKED: no' });
    expect(answered(refusal('INSTANCE_LOCKED'), before)?.events).toEqual([]);
    expect(answered(refusal('OPERATION_LIMIT'), before)?.events).toHaveLength(1);
  });

  it('to a command that is over is nothing', () => {
    expect(answered({ kind: 'acknowledged' }, null, null)).toBeNull();
    expect(answered({ kind: 'acknowledged' }, null, { ...sent, generation: 2 })).toBeNull();
  });
});

describe('a request that has to wait', () => {
  const wait = { why: 'no turn', until: at(80) };

  it('for a turn is written down once, when the wait matters', () => {
    const snapshot = snapshotWith(null);
    expect(actionWaitsForTurn(snapshot, 'start', machine, wait, POLICY, at(1))).toBeNull();
    const change = actionWaitsForTurn(snapshot, 'start', machine, wait, POLICY, NOW);
    expect(change?.progress?.action).toMatchObject({
      refusal: 'no turn',
      isPassing: true,
      tries: 0,
      notBefore: at(80),
    });
    const told = snapshotWith(change?.progress?.action ?? null);
    expect(actionWaitsForTurn(told, 'start', machine, wait, POLICY, at(60))).toBeNull();
  });

  it('for a price is told once, and asked for again half a minute later', () => {
    const change = startWaitsForPrice(snapshotWith(null), machine, 'too dear', POLICY, NOW);
    expect(change).toMatchObject({
      progress: { action: { refusal: 'too dear', isPassing: true, notBefore: at(80) } },
      events: [{ type: 'machine.start_not_sent', data: { machineId: 'm1', why: 'too dear' } }],
    });
    const again = startWaitsForPrice(
      snapshotWith(change.progress?.action ?? null),
      machine,
      'too dear',
      POLICY,
      at(80),
    );
    expect(again.events).toEqual([]);
    expect(again.progress?.heldUp).toEqual([{ from: NOW, to: at(80) }]);
  });
});
