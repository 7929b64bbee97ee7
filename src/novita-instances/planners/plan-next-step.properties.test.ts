import { isMachineGone } from '../domain/machine-verdict.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { someFacts, someGuard, somePolicy, someTime } from '../../../test/support/arbitrary-facts.js';
import { aMachine, anInstance, at, holding, OPEN } from '../../../test/support/facts-builder.js';
import type { Guard } from '../../machines/domain/fleet-guard.js';
import { openAttempts, type Facts } from '../domain/instance.js';
import type { Machine } from '../../machines/domain/machine.js';
import { planNextStep } from './plan-next-step.js';
import type { Policy } from '../domain/policy.js';
import type { Step } from './step.js';

/** What holds for every step, whatever the facts. Each was seen to fail when the code was broken where it says. */

interface Case {
  facts: Facts;
  guard: Guard;
  now: Date;
  policy: Policy;
}
const someCase = fc.record({ facts: someFacts, guard: someGuard, now: someTime, policy: somePolicy });
const stepOf = ({ facts, guard, now, policy }: Case): Step => planNextStep(facts, guard, now, policy);

/** Drawn once for all properties; a case that breaks one is drawn again, by the same seed, to be shrunk. */
const RUN = { numRuns: 4_000 };
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

describe('whatever the facts, the guard and the time', () => {
  it('there is a step, it is the same for the same facts, and choosing it changes nothing', () => {
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
    const KINDS = 'rest tell place doubt write-off adopt hold condemn act release bury begin-run end-run probe fail';
    for (const kind of [...KINDS.split(' '), 'finish-delete']) expect(met.get(kind) ?? 0, kind).toBeGreaterThan(0);
  });
});

describe('a machine is bought', () => {
  it('never while one is held, or while a create may still come true', () => {
    whenever('place', (_, { facts }) => {
      expect(facts.instance.machineId).toBeNull();
      expect(openAttempts(facts)).toEqual([]);
    });
  });

  it('never while the guard holds, or while creates are paused', () => {
    whenever('place', (_, given) => {
      expect(isHeld(given)).toBe(false);
      expect(given.guard.createsPaused === null || given.guard.createsPaused.until <= given.now).toBe(true);
    });
  });

  it('only for an instance that is to run and has not failed', () => {
    whenever('place', (_, { facts: { instance } }) => {
      expect(instance.desired).toBe('running');
      expect(instance.progress.failure).toBeNull();
    });
  });

  it('never while a live machine carries the instance’s tag whose create is not on record', () => {
    whenever('place', (_, { facts }) => {
      const recorded = new Set(facts.attempts.map(({ number }) => number));
      const unexplained = facts.machines.filter(
        ({ goneAt, condemnedAt, attemptNumber }) =>
          goneAt === null && condemnedAt === null && !recorded.has(attemptNumber),
      );
      expect(unexplained).toEqual([]);
    });
  });
});

describe('a machine is condemned', () => {
  it('never when it is the one that the instance holds, and never twice', () => {
    whenever('condemn', ({ machine }, { facts }) => {
      expect(machine.machineId).not.toBe(facts.instance.machineId);
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
    whenever('condemn', ({ machine }, { facts }) => {
      expect(facts.attempts.map(({ number }) => number)).toContain(machine.attemptNumber);
    });
  });
});

describe('a machine is adopted', () => {
  const isBackFromLoss = ({ machineId }: Machine, { instance }: Facts): boolean =>
    instance.machineId === machineId && instance.progress.failure?.code === 'MACHINE_LOST';

  it('only by an instance that lives and holds none, or holds this one and took it for lost', () => {
    whenever('adopt', ({ machine }, { facts }) => {
      const { instance } = facts;
      expect(instance.machineId === null || isBackFromLoss(machine, facts)).toBe(true);
      expect(instance.desired).not.toBe('deleted');
      expect([machine.condemnedAt, machine.goneAt]).toEqual([null, null]);
    });
  });

  it('while the guard holds only when its create is on record', () => {
    whenever('adopt', ({ machine }, given) => {
      const isRecorded = given.facts.attempts.some(({ number }) => number === machine.attemptNumber);
      expect(isRecorded || !isHeld(given) || isBackFromLoss(machine, given.facts)).toBe(true);
    });
  });
});

describe('a machine is given back', () => {
  it('as one too many only when it is not held, and when that was decided or its instance is deleted', () => {
    whenever('release', ({ machine, surplus }, { facts: { instance } }) => {
      if (!surplus) return;
      expect(machine.machineId).not.toBe(instance.machineId);
      expect(machine.condemnedAt !== null || instance.desired === 'deleted').toBe(true);
    });
  });

  it('that is held only when a caller deleted the instance, or when its failure says so and nothing holds that', () => {
    whenever('release', ({ surplus }, given) => {
      if (surplus) return;
      const { desired, progress } = given.facts.instance;
      expect(desired === 'deleted' || (progress.failure?.machine === 'release' && !isHeld(given))).toBe(true);
    });
  });

  it('never when it is buried, and buried only when it is proved gone', () => {
    whenever('release', ({ machine }) => {
      expect(machine.goneAt).toBeNull();
    });
    whenever('bury', ({ machine }, { facts, now }) => {
      expect(machine.goneAt).toBeNull();
      expect(isMachineGone(facts, machine, now)).toBe(true);
    });
  });
});

describe('a delete', () => {
  it('is finished only when every machine is gone and no create is unaccounted for', () => {
    whenever('finish-delete', (_, { facts }) => {
      expect(facts.instance.desired).toBe('deleted');
      expect(facts.machines.filter(({ goneAt }) => goneAt === null)).toEqual([]);
      expect(openAttempts(facts)).toEqual([]);
    });
  });

  it('is held by no guard and by no time of watching: its steps are those of an ordinary day', () => {
    always((step, { facts, now, policy }) => {
      if (facts.instance.desired !== 'deleted') return;
      expect(step).toEqual(planNextStep(facts, OPEN, now, { ...policy, reportOnlyUntil: null }));
    });
  });

  it('asks for the machine that is held at once, whatever the guard and whatever the machine does', () => {
    const state = fc.constantFrom('queued', 'pulling', 'running', 'exited', 'migrating', 'freezing', 'unknown');
    fc.assert(
      fc.property(state, someGuard, someTime, somePolicy, (seen, guard, now, policy) => {
        const facts = holding(aMachine(seen), anInstance({ desired: 'deleted' }, { wantedAt: at(0) }));
        expect(planNextStep(facts, guard, now, policy)).toMatchObject({ do: 'release', surplus: false });
      }),
    );
  });

  it('never starts or restarts anything', () => {
    whenever('act', (_, { facts: { instance } }) => {
      expect(instance.desired).not.toBe('deleted');
    });
  });
});

describe('a machine is told what to do', () => {
  it('only when it is held, and to start or restart only when that is wanted', () => {
    whenever('act', ({ machine, verb }, { facts: { instance } }) => {
      expect(machine.machineId).toBe(instance.machineId);
      if (verb !== 'stop') expect([instance.desired, instance.progress.failure]).toEqual(['running', null]);
    });
  });

  it('nothing for a wish older than a freeze, and nothing that follows from a failure while the guard holds', () => {
    whenever('act', (_, given) => {
      if (!isHeld(given)) return;
      const { progress } = given.facts.instance;
      expect(progress.failure).toBeNull();
      expect(given.guard.frozen === null || progress.wantedAt > given.guard.frozen.at).toBe(true);
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
