import { describe, expect, it } from 'vitest';
import {
  aMachine,
  anAttempt,
  anInstance,
  aSpec,
  at,
  holding,
  T0,
  told,
  aSentAction,
} from '../../../test/support/snapshot-builder.js';
import { INSTANCE_STATUSES, instancePhase, RESTING_STATUSES, type InstanceStatus } from './instance-phase.js';
import { NO_READINESS, type Progress, type ReleaseTry, type SentAction } from './progress.js';
import type { Snapshot, Instance } from './instance.js';
import type { Machine, MachineState } from '../../machines/domain/machine.js';
import { statusMessage } from './status-message.js';

const empty = (progress: Partial<Progress> = {}, changes: Partial<Instance> = {}): Snapshot =>
  told({ instance: anInstance(changes, progress), attempts: [], machines: [] });
const readiness = (changes: Partial<Progress['readiness']>) => ({ readiness: { ...NO_READINESS, ...changes } });
const ready = readiness({ verdict: 'ready', runningSince: T0, readyAt: T0 });
const { placement } = anInstance().progress;
const DOUBTFUL = anAttempt({ state: 'AMBIGUOUS', machineId: null, sentAt: at(7), decidedAt: null });
const detail = (text: string) => ({ placement: { ...placement, detail: text } });
const sent = (changes: Partial<SentAction>): { action: SentAction } => ({
  action: aSentAction({ sentAt: at(7), acknowledged: false, acknowledgements: 0, notBefore: at(60), ...changes }),
});
const held = (state: MachineState, progress: Partial<Progress> = {}, changes: Partial<Machine> = {}) =>
  holding(aMachine(state, { changedAt: at(7), ...changes }), anInstance({}, progress));
const unwanted = (state: MachineState, progress: Partial<Progress> = {}, changes: Partial<Machine> = {}) =>
  holding(aMachine(state, { changedAt: at(7), ...changes }), anInstance({ desired: 'stopped' }, progress));
const leaving = (state: MachineState, last: Partial<ReleaseTry> | null, changes: Partial<Machine> = {}) =>
  holding(
    aMachine(state, changes),
    anInstance(
      { desired: 'deleted' },
      last
        ? { releases: { m1: { since: at(7), tries: 3, notBefore: at(60), outcome: 'ambiguous', said: null, ...last } } }
        : {},
    ),
  );
const REFUSED = { refusal: 'INSUFFICIENT_RESOURCE: none free' };
const LOCKED = { outcome: 'rejected INSTANCE_LOCKED', said: 'INSTANCE_LOCKED: a snapshot is made' };
const SINCE = at(7).toISOString();
const NEXT = at(60).toISOString();
const COST = 'Meanwhile it costs 0.18 USD per hour.';
const broken = (machine: 'stop' | 'release') => ({
  failure: { code: 'PROVISION_TIMEOUT' as const, message: 'It broke.', at: T0, machine },
});

/** Status, trouble, snapshot, and what has to be said of it. */
const TABLE: [InstanceStatus, string, Snapshot, string[] | null][] = [
  ['pending', 'nothing yet', empty(), ['is being bought']],
  ['pending', 'buying is held', empty(detail('The account is empty.')), ['The account is empty.']],
  [
    'waiting_capacity',
    'no room',
    empty({ placement: { ...placement, waitingFor: 'capacity', detail: 'No room.' } }),
    ['No room.'],
  ],
  [
    'uncertain',
    'a create without an answer',
    told({ ...empty(detail('Looking.')), attempts: [DOUBTFUL] }),
    ['Looking.', SINCE, DOUBTFUL.settleAfter.toISOString(), 'it is billed'],
  ],
  ['provisioning', 'in a queue', held('queued'), ['"queued"', SINCE]],
  ['pulling', 'its image', held('pulling'), ['"pulling"', SINCE, COST]],
  ['starting', 'refused', held('exited', sent(REFUSED)), [T0.toISOString(), REFUSED.refusal, NEXT]],
  ['starting', 'acknowledged', held('exited', sent({ acknowledged: true })), ['acknowledged the start', SINCE]],
  ['starting', 'sent', held('exited', sent({})), ['was sent', SINCE, 'not answered']],
  ['starting', 'by itself', held('starting'), ['"starting"', SINCE, COST]],
  ['recovering', 'moved by Novita', held('migrating', ready), ['"migrating"', SINCE, COST]],
  ['recovering', 'refused', held('exited', { ...ready, ...sent(REFUSED) }), [REFUSED.refusal, NEXT]],
  ['running', 'not asked yet', held('running', readiness({ runningSince: T0 })), ['has not answered yet']],
  ['running', 'no answer', held('running', readiness({ lastFailure: 'no answer' })), ['no answer']],
  ['unready', 'no answer', held('running', readiness({ verdict: 'unready', lastFailure: 'gone' })), ['gone']],
  ['ready', 'all is well', held('running', ready), null],
  ['stopping', 'refused', unwanted('running', sent({ verb: 'stop', ...REFUSED })), [REFUSED.refusal, NEXT, COST]],
  [
    'stopping',
    'acknowledged',
    unwanted('running', sent({ verb: 'stop', acknowledged: true })),
    ['acknowledged the stop', SINCE, COST],
  ],
  ['stopping', 'not yet', unwanted('pulling'), ['"pulling"', SINCE, 'stopped as soon as it runs', COST]],
  [
    'stopping',
    'a create under way',
    told({ ...empty({}, { desired: 'stopped' }), attempts: [{ ...DOUBTFUL, state: 'SENDING' }] }),
    [SINCE, 'it is billed'],
  ],
  ['stopped', 'all is well', unwanted('exited'), null],
  ['deleting', 'not asked yet', leaving('running', null), ['is being deleted', COST]],
  ['deleting', 'refused', leaving('running', LOCKED), [LOCKED.said, SINCE, '3 tries', NEXT, COST]],
  ['deleting', 'no answer', leaving('running', {}), ['ambiguous', SINCE, NEXT, COST]],
  ['deleting', 'its machine was not found', leaving('running', { outcome: 'not-found' }), ['is being deleted', COST]],
  ['deleting', 'refused, and its GPU is free', leaving('exited', LOCKED), [LOCKED.said, NEXT]],
  [
    'deleting',
    'acknowledged',
    leaving('running', { outcome: 'acknowledged' }, { releaseAcknowledgedAt: at(7) }),
    ['has acknowledged the delete', SINCE, '"running"', COST],
  ],
  ['deleting', 'not known any more', leaving('running', null, { missingProofs: 1 }), ['does not know machine m1']],
  [
    'deleting',
    'a create in doubt',
    told({ ...empty({}, { desired: 'deleted' }), attempts: [DOUBTFUL] }),
    [SINCE, DOUBTFUL.settleAfter.toISOString(), 'it is billed'],
  ],
  ['deleting', 'nothing is left', empty({}, { desired: 'deleted' }), ['in a moment']],
  ['deleted', 'all is over', empty({}, { desired: 'deleted', deletedAt: T0 }), null],
  ['failed', 'nothing is left', empty(broken('release')), ['It broke.']],
  [
    'failed',
    'its machine is not deleted',
    held('pulling', { ...broken('release'), releases: leaving('pulling', LOCKED).instance.progress.releases }),
    ['It broke.', LOCKED.said, SINCE, NEXT, COST],
  ],
  [
    'failed',
    'its machine does not stop',
    held('running', { ...broken('stop'), ...sent({ verb: 'stop', ...REFUSED }) }),
    ['It broke.', REFUSED.refusal, NEXT, COST],
  ],
];

describe('the message beside the status', () => {
  it.each(TABLE)('%s, %s', (status, _, snapshot, said) => {
    expect(instancePhase(snapshot)).toBe(status);
    const message = statusMessage(snapshot);
    if (said === null) expect(message).toBeNull();
    for (const part of said ?? []) expect(message).toContain(part);
  });

  it('is there for every status in which something moves', () => {
    const moving = INSTANCE_STATUSES.filter((status) => !RESTING_STATUSES.has(status));
    const walked = new Set(TABLE.filter(([, , , said]) => said !== null).map(([status]) => status));
    expect(moving.filter((status) => !walked.has(status))).toEqual([]);
    expect(INSTANCE_STATUSES.filter((status) => !TABLE.some(([walkedOne]) => walkedOne === status))).toEqual([]);
  });

  it.each([
    [2, null],
    [3, 'since 2026-01-01T00:00:00.000Z: 3 tries'],
  ])('tells of %i passes that threw: %j', (tries, said) => {
    const message = statusMessage({ ...held('running', ready), trouble: { tries, since: T0, reference: 'REF' } });
    if (said === null) expect(message).toBeNull();
    else expect(message).toContain(said);
  });

  it('tells of a restart that was not seen, until it is', () => {
    const after = (unseen: number) =>
      statusMessage(
        held('running', { ...ready, restartsDone: 1, ...sent({ verb: 'restart', generation: 1, unseen }) }),
      );
    expect(after(1)).toContain(`It is not known whether the restart of ${SINCE} was done`);
    expect(after(0)).toBeNull();
  });

  it('names the cost of all its GPUs', () => {
    const two = anInstance({ spec: aSpec({ gpuNum: 2 }) });
    expect(statusMessage(holding(aMachine('pulling'), two))).toContain('costs 0.36 USD per hour');
  });

  it.each<MachineState>(['queued', 'creating'])('names no cost of a machine that Novita does not bill: %s', (state) => {
    expect(statusMessage(held(state))).not.toContain('costs');
  });

  it('names no cost that nobody knows', () => {
    expect(statusMessage({ ...held('pulling'), attempts: [] })).not.toContain('costs');
  });
});
