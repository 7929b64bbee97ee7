import { describe, expect, it } from 'vitest';
import { aMachine, anInstance, at, holding, INSTANCE_ID, T0 } from '../../../test/support/snapshot-builder.js';
import type { Instance, Snapshot } from './instance.js';
import { NO_READINESS } from './progress.js';
import { newReplacement } from './replacement.js';
import type { SpecUpdate } from './spec-update-progress.js';
import { judgeWait, type WaitVerdict, type WaitWish } from './wait-verdict.js';

const READY = { ...NO_READINESS, verdict: 'ready', runningSince: T0, readyAt: at(3) } as const;
const FAILURE = { code: 'START_TIMEOUT', message: 'x', at: T0, machine: 'stop' } as const;

const ready = (changes: Partial<Instance> = {}): Snapshot => {
  const { progress, ...others } = changes;
  return holding(aMachine('running'), anInstance(others, { readiness: READY, ...progress }));
};
const running = () => holding(aMachine('running'), anInstance());
const without = (changes: Partial<Instance>, failure: typeof FAILURE | null = null): Snapshot => ({
  instance: { ...anInstance({}, { failure }), ...changes },
  attempts: [],
  machines: [],
});
const replacing = (phase: 'placing' | 'warming' | 'draining'): Snapshot => {
  const snapshot = ready({ generation: 2 });
  const replacement = { ...newReplacement('requested', snapshot, T0), phase };
  return { ...snapshot, instance: { ...snapshot.instance, replacement } };
};

const pending = without({});
const stopped = without({ desired: 'stopped', generation: 2 });
const stopping = holding(aMachine('running'), anInstance({ desired: 'stopped', generation: 2 }));
const failed = without({}, FAILURE);
const deleting = without({ desired: 'deleted', generation: 3 });
const deleted = without({ desired: 'deleted', generation: 3, deletedAt: at(9) });

const so: WaitVerdict = { is: 'so' };
const notYet: WaitVerdict = { is: 'not-yet' };
const never = (because: 'failed' | 'stopped' | 'deleted'): WaitVerdict => ({ is: 'never', because });

describe('whether an instance is what a caller waits for', () => {
  it.each<[string, Snapshot, ready: WaitVerdict, stopped: WaitVerdict, deleted: WaitVerdict]>([
    ['pending', pending, notYet, notYet, notYet],
    ['running', running(), notYet, notYet, notYet],
    ['ready', ready(), so, notYet, notYet],
    ['being replaced', replacing('warming'), so, notYet, notYet],
    ['stopping', stopping, never('stopped'), notYet, notYet],
    ['stopped', stopped, never('stopped'), so, notYet],
    ['failed', failed, never('failed'), never('failed'), notYet],
    ['deleting', deleting, never('deleted'), never('deleted'), notYet],
    ['deleted', deleted, never('deleted'), never('deleted'), so],
  ])('%s', (_status, snapshot, ...verdicts) => {
    const goals = ['ready', 'stopped', 'deleted'] as const;
    expect(goals.map((goal) => judgeWait(snapshot, { goal, generation: null }))).toEqual(verdicts);
  });

  it.each<[string, Snapshot, WaitWish, WaitVerdict]>([
    ['ready before the generation', ready(), { goal: 'ready', generation: 2 }, notYet],
    ['ready in the generation', ready({ generation: 2 }), { goal: 'ready', generation: 2 }, so],
    ['ready in a later generation', ready({ generation: 3 }), { goal: 'ready', generation: 2 }, so],
    ['stopped, but asked to start later', stopped, { goal: 'ready', generation: 3 }, notYet],
    ['failed before the generation', failed, { goal: 'ready', generation: 2 }, notYet],
    ['failed in the generation', failed, { goal: 'ready', generation: 1 }, never('failed')],
    ['stopped before the generation', stopped, { goal: 'stopped', generation: 3 }, notYet],
    // nothing comes after a delete
    ['deleting, before the generation', deleting, { goal: 'ready', generation: 9 }, never('deleted')],
    ['a new machine is bought', replacing('placing'), { goal: 'ready', generation: 2 }, notYet],
    ['a new machine is not ready', replacing('warming'), { goal: 'ready', generation: 2 }, notYet],
    ['the new machine has taken over', replacing('draining'), { goal: 'ready', generation: 2 }, so],
    ['the replacement has failed', ready({ generation: 2 }), { goal: 'ready', generation: 2 }, so],
  ])('%s, with a generation', (_what, snapshot, wish, verdict) => {
    expect(snapshot.instance.id).toBe(INSTANCE_ID);
    expect(judgeWait(snapshot, wish)).toEqual(verdict);
  });

  it('is not ready for the generation of an update that is pending, and is for those before', () => {
    const update = { state: 'pending', generation: 2 } as SpecUpdate;
    const updating = ready({ generation: 2, update });
    const wait = (generation: number | null) => judgeWait(updating, { goal: 'ready', generation });
    expect([wait(2), wait(1), wait(null)]).toEqual([notYet, so, so]);
    const failedUpdate = ready({ generation: 2, update: { ...update, state: 'failed' } });
    expect(judgeWait(failedUpdate, { goal: 'ready', generation: 2 })).toEqual(so);
  });
});
