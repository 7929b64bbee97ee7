import { isMachineGone } from '../domain/machine-verdict.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { someSnapshot, someGuard, somePolicy, someTime } from '../../../test/support/arbitrary-snapshot.js';
import { aMachine, anInstance, at, holding, OPEN, T0 } from '../../../test/support/snapshot-builder.js';
import type { Guard } from '../../machines/domain/fleet-guard.js';
import { instancePhase } from '../domain/instance-phase.js';
import { openAttempts, type Snapshot } from '../domain/instance.js';
import type { Machine } from '../../machines/domain/machine.js';
import { planNextStep } from './plan-next-step.js';
import type { Policy } from '../domain/policy.js';
import { stepRecorded, type RecordedStep } from '../transitions/step-transitions.js';
import { written } from '../transitions/instance-change.js';
import type { Step } from './step.js';

/** What holds for every step, whatever the snapshot. Each was seen to fail when the code was broken where it says. */

interface Case {
  snapshot: Snapshot;
  guard: Guard;
  now: Date;
  policy: Policy;
}
const someCase = fc.record({ snapshot: someSnapshot, guard: someGuard, now: someTime, policy: somePolicy });
const stepOf = ({ snapshot, guard, now, policy }: Case): Step => planNextStep(snapshot, guard, now, policy);

/** Drawn once for all properties; a case that breaks one is drawn again, by the same seed, to be shrunk. */
const RUN = { numRuns: 8_000 };
const cases = fc.sample(someCase, RUN).map((given) => ({ given, step: stepOf(given) }));
const always = (property: (step: Step, given: Case) => void): void => {
  try {
    for (const { step, given } of cases) property(step, given);
  } catch (error) {
    fc.assert(
      fc.property(someCase, (given) => {
        property(stepOf(given), given);
      }),
      RUN,
    );
    throw error;
  }
};
const whenever = <Kind extends Step['do']>(
  kind: Kind,
  property: (step: Extract<Step, { do: Kind }>, given: Case) => void,
): void => {
  always((step, given) => {
    if (step.do === kind) property(step as Extract<Step, { do: Kind }>, given);
  });
};

/** Said again, and not asked of the code: frozen, or no complete list for five minutes that is believed. */
const isHeld = ({ guard, now }: Case): boolean =>
  guard.frozen !== null ||
  guard.distrustedAt !== null ||
  guard.verifiedAt === null ||
  now.getTime() - guard.verifiedAt.getTime() > 300_000;
const isReportOnly = ({ policy, now }: Case): boolean =>
  policy.reportOnlyUntil !== null && now < policy.reportOnlyUntil;

describe('whatever the snapshot, the guard and the time', () => {
  it('there is a step, it is the same for the same snapshot, and choosing it changes nothing', () => {
    for (const { step, given } of cases.slice(0, 500)) {
      const before = structuredClone(given);
      expect(stepOf(given)).toEqual(step);
      expect(given).toEqual(before);
      expect(stepOf(before)).toEqual(step);
    }
  });

  it('every kind of step is met, so that none of these properties is empty', () => {
    const met = new Map<string, number>();
    for (const { step } of cases) met.set(step.do, (met.get(step.do) ?? 0) + 1);
    const KINDS =
      'rest tell place doubt write-off adopt hold condemn act delete-machine record-gone begin-run end-run probe fail ' +
      'mark-broken let-go begin-replacement mend update-machine settle-update';
    for (const kind of [...KINDS.split(' '), 'finish-delete']) expect(met.get(kind) ?? 0, kind).toBeGreaterThan(0);
  });
});

describe('a machine is bought', () => {
  it('never while one is held, or while a create may still come true', () => {
    whenever('place', (_, { snapshot }) => {
      expect(snapshot.instance.machineId).toBeNull();
      expect(openAttempts(snapshot)).toEqual([]);
    });
  });

  it('never while the guard holds, or while creates are paused', () => {
    whenever('place', (_, given) => {
      expect(isHeld(given)).toBe(false);
      expect(given.guard.createsPaused === null || given.guard.createsPaused.until <= given.now).toBe(true);
    });
  });

  it('only for an instance that is to run and has not failed', () => {
    whenever('place', (_, { snapshot: { instance } }) => {
      expect(instance.desired).toBe('running');
      expect(instance.progress.failure).toBeNull();
    });
  });

  it('never while a live machine carries the instance’s tag whose create is not on record', () => {
    whenever('place', (_, { snapshot }) => {
      const recorded = new Set(snapshot.attempts.map(({ number }) => number));
      const unexplained = snapshot.machines.filter(
        ({ goneAt, condemnedAt, attemptNumber }) =>
          goneAt === null && condemnedAt === null && !recorded.has(attemptNumber),
      );
      expect(unexplained).toEqual([]);
    });
  });
});

describe('a machine is condemned', () => {
  it('never when it is the one that the instance holds, and never twice', () => {
    whenever('condemn', ({ machine }, { snapshot }) => {
      expect(machine.machineId).not.toBe(snapshot.instance.machineId);
      expect(machine.condemnedAt).toBeNull();
      expect(machine.goneAt).toBeNull();
    });
  });

  it('never while the guard holds, nor while the deployment is only watched', () => {
    whenever('condemn', (_, given) => {
      expect(isHeld(given)).toBe(false);
      expect(isReportOnly(given)).toBe(false);
    });
  });

  it('never when its create is not on record: a person decides', () => {
    whenever('condemn', ({ machine }, { snapshot }) => {
      expect(snapshot.attempts.map(({ number }) => number)).toContain(machine.attemptNumber);
    });
  });
});

describe('a machine is adopted', () => {
  const isBackFromLoss = ({ machineId }: Machine, { instance }: Snapshot): boolean =>
    instance.machineId === machineId && instance.progress.failure?.code === 'MACHINE_LOST';

  it('only by an instance that lives and holds none, or holds this one and took it for lost', () => {
    whenever('adopt', ({ machine }, { snapshot }) => {
      const { instance } = snapshot;
      expect(instance.machineId === null || isBackFromLoss(machine, snapshot)).toBe(true);
      expect(instance.desired).not.toBe('deleted');
      expect([machine.condemnedAt, machine.goneAt]).toEqual([null, null]);
    });
  });

  it('while the guard holds only when its create is on record', () => {
    whenever('adopt', ({ machine }, given) => {
      const isRecorded = given.snapshot.attempts.some(({ number }) => number === machine.attemptNumber);
      expect(isRecorded || !isHeld(given) || isBackFromLoss(machine, given.snapshot)).toBe(true);
    });
  });
});

describe('a machine is deleted', () => {
  it('as one too many only when it is not held, and when that was decided or its instance is deleted', () => {
    whenever('delete-machine', ({ machine, surplus }, { snapshot: { instance } }) => {
      if (!surplus) return;
      expect(machine.machineId).not.toBe(instance.machineId);
      expect(machine.condemnedAt !== null || instance.desired === 'deleted').toBe(true);
    });
  });

  it('that is held only when a caller deleted the instance, or when its failure says so and nothing holds that', () => {
    whenever('delete-machine', ({ surplus }, given) => {
      if (surplus) return;
      const { desired, progress } = given.snapshot.instance;
      expect(desired === 'deleted' || (progress.failure?.machine === 'release' && !isHeld(given))).toBe(true);
    });
  });

  it('never when it is on record as gone, which it is only when that is proved', () => {
    whenever('delete-machine', ({ machine }) => {
      expect(machine.goneAt).toBeNull();
    });
    whenever('record-gone', ({ machine }, { snapshot, now }) => {
      expect(machine.goneAt).toBeNull();
      expect(isMachineGone(snapshot, machine, now)).toBe(true);
    });
  });
});

describe('a delete', () => {
  it('is finished only when every machine is gone and no create is unaccounted for', () => {
    whenever('finish-delete', (_, { snapshot }) => {
      expect(snapshot.instance.desired).toBe('deleted');
      expect(snapshot.machines.filter(({ goneAt }) => goneAt === null)).toEqual([]);
      expect(openAttempts(snapshot)).toEqual([]);
    });
  });

  it('is held by no guard and by no time of watching: its steps are those of an ordinary day', () => {
    always((step, { snapshot, now, policy }) => {
      if (snapshot.instance.desired !== 'deleted') return;
      expect(step).toEqual(planNextStep(snapshot, OPEN, now, { ...policy, reportOnlyUntil: null }));
    });
  });

  it('asks for the machine that is held at once, whatever the guard and whatever the machine does', () => {
    const state = fc.constantFrom('queued', 'pulling', 'running', 'exited', 'migrating', 'freezing', 'unknown');
    fc.assert(
      fc.property(state, someGuard, someTime, somePolicy, (seen, guard, now, policy) => {
        const snapshot = holding(aMachine(seen), anInstance({ desired: 'deleted' }, { wantedAt: at(0) }));
        expect(planNextStep(snapshot, guard, now, policy)).toMatchObject({ do: 'delete-machine', surplus: false });
      }),
    );
  });

  it('never starts or restarts anything', () => {
    whenever('act', (_, { snapshot: { instance } }) => {
      expect(instance.desired).not.toBe('deleted');
    });
  });
});

describe('a machine is told what to do', () => {
  it('only when it is held, and to start or restart only when that is wanted', () => {
    whenever('act', ({ machine, verb }, { snapshot: { instance } }) => {
      expect(machine.machineId).toBe(instance.machineId);
      if (verb !== 'stop') expect([instance.desired, instance.progress.failure]).toEqual(['running', null]);
    });
  });

  it('nothing for a command older than a freeze, and nothing that follows from a failure while the guard holds', () => {
    whenever('act', (_, given) => {
      if (!isHeld(given)) return;
      const { progress } = given.snapshot.instance;
      expect(progress.failure).toBeNull();
      expect(given.guard.frozen === null || progress.wantedAt > given.guard.frozen.at).toBe(true);
    });
  });
});

describe('a machine is changed by an update', () => {
  it('only when it is held, not bought with the update, and its instance is to run and has not failed', () => {
    whenever('update-machine', ({ machine }, { snapshot: { instance } }) => {
      expect(machine.machineId).toBe(instance.machineId);
      expect([instance.desired, instance.progress.failure]).toEqual(['running', null]);
      expect(machine.attemptNumber).toBeLessThan(instance.update?.firstAttempt ?? 0);
      expect(instance.update?.isSettled).toBe(false);
    });
  });

  it('only when it runs, or is down with a container that cannot run', () => {
    whenever('update-machine', ({ machine: { observation } }) => {
      expect(observation.state === 'running' || (observation.state === 'exited' && observation.failure)).toBeTruthy();
    });
  });

  it('never while it is to be replaced, and is replaced only when it is not changed', () => {
    whenever('update-machine', (_, { snapshot: { instance } }) => {
      expect(instance.update?.strategy === 'replace' && instance.update.state === 'pending').toBe(false);
    });
    whenever('begin-replacement', ({ reason }, { snapshot: { instance } }) => {
      if (reason !== 'update') return;
      expect([instance.update?.strategy, instance.update?.state]).toEqual(['replace', 'pending']);
    });
  });

  it('never before a restart that was asked for, unless the change was sent before', () => {
    whenever('update-machine', ({ machine }, { snapshot: { instance } }) => {
      const isSent = instance.update?.sent?.machineId === machine.machineId;
      if (!isSent) expect(instance.restartGeneration).toBeLessThanOrEqual(instance.progress.restartsDone);
    });
  });

  it('never for an update from before a freeze', () => {
    whenever('update-machine', (_, { snapshot: { instance }, guard }) => {
      expect(guard.frozen === null || (instance.update?.since ?? T0) > guard.frozen.at).toBe(true);
    });
  });
});

describe('an instance fails', () => {
  it('never while the fleet is frozen, and never for a lost machine while the guard holds', () => {
    whenever('fail', ({ failure }, given) => {
      expect(given.guard.frozen).toBeNull();
      if (failure.code === 'MACHINE_LOST') expect(isHeld(given)).toBe(false);
    });
  });
});

describe('a machine that has failed', () => {
  const decides = (kind: Step['do']): boolean =>
    kind === 'mark-broken' || kind === 'let-go' || kind === 'begin-replacement';

  it('is replaced only for an instance that is to run, has not failed, and whose request says so', () => {
    always((step, { snapshot: { instance } }) => {
      if (!decides(step.do) && step.do !== 'mend') return;
      expect([instance.desired, instance.progress.failure]).toEqual(['running', null]);
      if (step.do !== 'mark-broken' && step.do !== 'let-go') return;
      const { code } = step.failure;
      const wasJudged = instance.progress.broken?.machineId === instance.machineId;
      const policy = code.startsWith('START_') ? instance.spec.onStartFailure : instance.spec.onFailure;
      if (!wasJudged) expect(policy).toBe('replace');
      expect(code).not.toBe('IMAGE_PULL_FAILED');
    });
  });

  it('is let go of only when it is gone or holds nothing, and by nothing while the guard holds', () => {
    whenever('let-go', ({ machine, isGone, failure }, given) => {
      expect(isHeld(given)).toBe(false);
      expect(machine.machineId).toBe(given.snapshot.instance.machineId);
      expect(isMachineGone(given.snapshot, machine, given.now)).toBe(isGone);
      expect(isGone || (failure.machine === 'release' && machine.ranAt === null)).toBe(true);
    });
  });

  it('is replaced no more often than the cap of an hour, and no image is bought again that cannot be pulled', () => {
    always((step, { snapshot: { instance }, now, policy }) => {
      const { recovery, unpullable, broken } = instance.progress;
      if (step.do === 'begin-replacement' && step.reason === 'failure') {
        const hourAgo = now.getTime() - 3_600_000;
        const lately = (recovery?.begun ?? []).filter((time) => time.getTime() > hourAgo);
        expect(lately.length).toBeLessThan(policy.maxReplacementsPerHour);
      }
      // an update by replacement is withdrawn when its place is to be bought
      const buys = step.do === 'place' || (step.do === 'begin-replacement' && step.reason !== 'update');
      if (buys) expect(unpullable).toBeNull();
      if (step.do === 'place' && broken?.delay) expect(now >= broken.delay.until).toBe(true);
    });
  });

  it('is moved only when the request says so, while it is down', () => {
    whenever('act', ({ verb, machine }, { snapshot: { instance } }) => {
      if (verb !== 'migrate') return;
      expect(instance.spec.onStartFailure).toBe('migrate');
      expect(machine.observation.state).toBe('exited');
    });
  });

  it('is judged and replaced once, wherever the process dies: what is written down is not decided again', () => {
    always((step, given) => {
      if (!decides(step.do) && step.do !== 'delay-replacement' && step.do !== 'mend') return;
      const { snapshot, now, policy } = given;
      const { after } = written(snapshot, stepRecorded(snapshot, step as RecordedStep, policy, now));
      const next = stepOf({
        ...given,
        snapshot: { ...snapshot, instance: { ...after, toldStatus: instancePhase({ ...snapshot, instance: after }) } },
      });
      expect(next.do).not.toBe(step.do);
    });
  });
});
