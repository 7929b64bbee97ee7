import { describe, expect, it } from 'vitest';
import {
  aMachine,
  anAttempt,
  anInstance,
  at,
  holding,
  OPEN,
  POLICY,
  T0,
  aSentAction,
} from '../../../test/support/snapshot-builder.js';
import { NO_READINESS, type RunMark, type SentAction } from '../domain/progress.js';
import type { Machine, Observation } from '../../machines/domain/machine.js';
import { planNextStep } from './plan-next-step.js';
import { hasBegunAnew, runMarkOf } from './restart.js';

const FIRST = '2026-01-01T00:00:00.000Z';
const SECOND = '2026-01-01T00:09:00.000Z';

const running = (changes: Partial<Machine> = {}, observed: Partial<Observation> = {}): Machine => {
  const machine = aMachine('running', changes);
  return { ...machine, observation: { ...machine.observation, startedAt: FIRST, ...observed } };
};
const BEFORE: RunMark = runMarkOf(running());
const address = (text: string | null): Observation['endpoints'] => [{ port: 8188, protocol: 'http', address: text }];

describe('that a machine runs anew is shown by', () => {
  it.each<[string, Machine, boolean]>([
    ['nothing, when all is as it was', running(), false],
    ['another start time', running({}, { startedAt: SECOND }), true],
    ['not a start time that is not said any more', running({}, { startedAt: null }), false],
    ['another address', running({}, { endpoints: address('http://127.0.0.1:10') }), true],
    ['not an address that is not known yet', running({}, { endpoints: address(null) }), false],
    [
      'not a port that was not there before',
      running({}, { endpoints: [{ port: 1, protocol: 'tcp', address: 'a:1' }] }),
      false,
    ],
    ['a state in between', running({ changedAt: at(1) }), true],
  ])('%s', (_, machine, shown) => {
    expect(hasBegunAnew(BEFORE, machine)).toBe(shown);
  });

  it('not a start time of which nothing was known before', () => {
    expect(hasBegunAnew({ ...BEFORE, startedAt: null }, running({}, { startedAt: SECOND }))).toBe(false);
  });
});

describe('a restart', () => {
  const sent = (changes: Partial<SentAction> = {}): SentAction =>
    aSentAction({ verb: 'restart', notBefore: at(20), before: BEFORE, ...changes });
  const LOST = { acknowledged: false, acknowledgements: 0, doubtful: true, refusal: 'ambiguous', isPassing: true };
  const REFUSED = { acknowledged: false, acknowledgements: 0, unseen: 0, refusal: 'CONFLICT: busy' };
  const step = (action: SentAction | null, machine: Machine, seconds: number) =>
    planNextStep(holding(machine, anInstance({ restartGeneration: 1 }, { action })), OPEN, at(seconds), POLICY);
  const seenAt = (seconds: number): Machine => running({ observedAt: at(seconds) });
  const anew = running({ observedAt: at(12) }, { startedAt: SECOND });

  it('is sent when it is asked for', () => {
    expect(step(null, running(), 1)).toMatchObject({ do: 'act', verb: 'restart' });
  });

  it.each([
    ['was acknowledged', {}],
    ['got no answer', LOST],
    ['was refused, and done nevertheless', REFUSED],
    ['was not sent again for want of a turn', { acknowledged: false, notBefore: at(99), isPassing: true }],
  ])('that %s is over when a look shows another run, and not asked for again', (_, changes) => {
    expect(step(sent(changes), anew, 13)).toEqual({ do: 'begin-run', restart: 'seen' });
  });

  it.each([
    ['was acknowledged', {}],
    ['got no answer', LOST],
  ])('that %s is not believed: it is looked for, asked for once more, and then called unknown', (_, changes) => {
    expect(step(sent(changes), seenAt(12), 13)).toEqual({ do: 'rest', until: at(14) });
    expect(step(sent(changes), seenAt(25), 26)).toEqual({ do: 'rest', until: at(27) });
    expect(step(sent(changes), seenAt(26), 26)).toMatchObject({ do: 'act', verb: 'restart' });
    const second = sent({ ...changes, sentAt: at(27), unseen: 2 });
    expect(step(second, seenAt(57), 57)).toMatchObject({ do: 'rest' });
    expect(step(second, seenAt(58), 58)).toEqual({ do: 'begin-run', restart: 'unseen' });
  });

  it('that may still be under way is not sent a second time beside itself', () => {
    const underWay = sent({ ...LOST, refusal: null, notBefore: at(40) });
    expect(step(underWay, seenAt(39), 39)).toMatchObject({ do: 'rest' });
    expect(step(underWay, seenAt(41), 41)).toMatchObject({ do: 'act', verb: 'restart' });
  });

  it('that Novita refuses is asked for again when its wait is over, however often', () => {
    expect(step(sent({ ...REFUSED, unseen: 0 }), seenAt(19), 19)).toEqual({ do: 'rest', until: at(20) });
    expect(step(sent({ ...REFUSED, unseen: 0 }), seenAt(19), 20)).toMatchObject({ do: 'act', verb: 'restart' });
  });

  it('that may have been done does not stop a machine that runs when its time is over; one that was refused does', () => {
    const late = POLICY.startTimeoutSeconds;
    expect(step(sent({ sentAt: at(late - 1) }), seenAt(late), late)).toEqual({ do: 'begin-run', restart: 'unseen' });
    expect(step(sent(REFUSED), seenAt(late), late)).toMatchObject({ do: 'fail', failure: { code: 'START_TIMEOUT' } });
  });

  it('that is over holds up nothing any more, however its request ended', () => {
    const over = sent({ ...LOST, unseen: 2 });
    const progress = { action: over, restartsDone: 1, readiness: { ...NO_READINESS, runningSince: at(20) } };
    const silent = holding(
      running({ observedAt: at(20 + POLICY.readinessTimeoutSeconds) }),
      anInstance({ restartGeneration: 1 }, progress),
    );
    expect(planNextStep(silent, OPEN, at(20 + POLICY.readinessTimeoutSeconds), POLICY)).toMatchObject({
      do: 'fail',
      failure: { code: 'READINESS_TIMEOUT' },
    });
  });

  it('is not sent to a machine that was down and has been started since it was asked for', () => {
    const startedAt = (seconds: number) => aSentAction({ verb: 'start', sentAt: at(seconds) });
    const down = (changes: Partial<Machine>, observed: Partial<Observation> = { startedAt: null }) =>
      running({ observedAt: at(12), ...changes }, observed);
    const since = { do: 'begin-run', restart: 'seen' };
    const notSince = { do: 'act', verb: 'restart' };
    expect(step(startedAt(5), down({ changedAt: at(9) }), 13)).toEqual(since);
    expect(step(startedAt(5), down({ changedAt: at(9) }, { startedAt: SECOND }), 13)).toEqual(since);
    expect(step(null, down({ changedAt: at(9) }, { startedAt: SECOND }), 13)).toEqual(since);
    // by a clock that is ahead of ours
    expect(step(null, down({}, { startedAt: SECOND }), 13)).toMatchObject(notSince);
    // the start came before the command, the machine ran already, or its run is older than the command
    expect(step(startedAt(-1), down({ changedAt: at(9) }), 13)).toMatchObject(notSince);
    expect(step(startedAt(5), down({ changedAt: at(4) }), 13)).toMatchObject(notSince);
    const older = { startedAt: '2025-12-31T23:59:00.000Z' };
    expect(step(startedAt(5), down({ changedAt: at(9) }, older), 13)).toMatchObject(notSince);
  });

  it('is not sent to a machine that was bought since it was asked for', () => {
    const bought = (seconds: number) => ({
      ...holding(running({ observedAt: at(12) }), anInstance({ restartGeneration: 1 })),
      attempts: [anAttempt({ machineId: 'm1', sentAt: at(seconds) })],
    });
    expect(planNextStep(bought(1), OPEN, at(13), POLICY)).toEqual({ do: 'begin-run', restart: 'seen' });
    expect(planNextStep(bought(-1), OPEN, at(13), POLICY)).toMatchObject({ do: 'act', verb: 'restart' });
  });

  it('of older code, which noted nothing before it, is believed by a state in between', () => {
    const old = sent({ before: null });
    expect(step(old, running({ changedAt: T0, observedAt: at(12) }), 13)).toMatchObject({ do: 'rest' });
    expect(step(old, running({ changedAt: at(12), observedAt: at(12) }), 13)).toMatchObject({ do: 'begin-run' });
  });
});
