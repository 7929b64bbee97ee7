import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at, T0 } from '../../../test/support/snapshot-builder.js';
import { planLooks, type LookPlan, type MachineToWatch, type WatchState } from './plan-looks.js';

let made = 0;
const aMachine = (changes: Partial<MachineToWatch> = {}): MachineToWatch => ({
  machineId: `m${(made += 1)}`,
  observedAt: T0,
  askedAt: null,
  closely: false,
  lacksAccess: false,
  lacksAddress: false,
  missing: false,
  ...changes,
});
const close = (changes: Partial<MachineToWatch> = {}) => aMachine({ closely: true, ...changes });
const many = (count: number, make: () => MachineToWatch) => Array.from({ length: count }, make);
const plan = (machines: MachineToWatch[], seconds: number, changes: Partial<WatchState> = {}): LookPlan =>
  planLooks(
    {
      machines,
      openAttempts: 0,
      listUnfinished: false,
      lastListAt: T0,
      listCost: 1,
      readsAvailable: 80,
      readsWhenFull: 80,
      ...changes,
    },
    at(seconds),
  );

describe('the looks at a quiet fleet', () => {
  it('are one list every thirty seconds, of one request when the fleet fits a page', () => {
    const fleet = many(90, aMachine);
    expect(plan(fleet, 29)).toEqual({ list: false, gets: [] });
    expect(plan(fleet, 30)).toEqual({ list: true, gets: [] });
  });

  it('list again soon when the last list was not complete', () => {
    expect(plan([], 3.9, { listUnfinished: true })).toEqual({ list: false, gets: [] });
    expect(plan([], 4, { listUnfinished: true })).toEqual({ list: true, gets: [] });
  });

  it('begin with a list', () => {
    expect(plan([], 0, { lastListAt: null })).toEqual({ list: true, gets: [] });
  });

  it('go by id to a machine that the list did not show, and to all when the list does not come', () => {
    const unlisted = aMachine({ machineId: 'unlisted', observedAt: at(-5) });
    expect(plan([unlisted], 25)).toEqual({ list: false, gets: ['unlisted'] });
    const quiet = aMachine({ machineId: 'quiet' });
    expect(plan([quiet], 60, { lastListAt: null }).gets).toEqual(['quiet']);
  });
});

describe('the looks at machines that move', () => {
  it('come every two seconds, by id while that is cheaper than a list', () => {
    const two = many(2, close);
    expect(plan(two, 1.9)).toEqual({ list: false, gets: [] });
    expect(plan(two.slice(0, 1), 2).gets).toHaveLength(1);
    expect(plan(two, 2)).toEqual({ list: true, gets: [] });
    expect(plan(many(7, close), 2, { listCost: 7 }).gets).toHaveLength(7);
    expect(plan(many(8, close), 2, { listCost: 7 })).toEqual({ list: true, gets: [] });
  });

  it('count from the last look of either kind', () => {
    expect(plan([close({ askedAt: at(1) })], 2.5).gets).toEqual([]);
  });

  it('go by id where a list shows too little: an address is missing, or the machine is not in it', () => {
    const machines = [...many(9, close), close({ machineId: 'a', lacksAddress: true })];
    expect(plan(machines, 2)).toEqual({ list: true, gets: ['a'] });
    expect(plan([close({ machineId: 'b', observedAt: at(-3) })], 2).gets).toEqual(['b']);
  });

  it('are rarer for a machine that Novita does not know: the proofs that count are far apart', () => {
    expect(plan([close({ missing: true })], 9).gets).toEqual([]);
    expect(plan([close({ machineId: 'gone', missing: true })], 10).gets).toEqual(['gone']);
  });

  it('take the one first that was not seen for longest', () => {
    const machines = [2, 9, 5].map((age) =>
      close({ machineId: `age-${age}`, observedAt: at(-age), lacksAddress: true }),
    );
    expect(plan(machines, 2, { readsAvailable: 2 }).gets).toEqual(['age-9', 'age-5']);
  });
});

describe('a create whose outcome is unknown', () => {
  it('has the fleet listed every four seconds', () => {
    expect(plan([], 3.9, { openAttempts: 1 }).list).toBe(false);
    expect(plan([], 4, { openAttempts: 1 }).list).toBe(true);
  });
});

describe('ways in', () => {
  const wanting = (changes = {}) => aMachine({ lacksAccess: true, observedAt: at(9), ...changes });

  it('are fetched a few at a time, and only with requests that nobody else wants', () => {
    expect(plan(many(9, wanting), 10).gets).toHaveLength(3);
    expect(plan(many(9, wanting), 10, { readsAvailable: 40 }).gets).toEqual([]);
    const moving = close({ observedAt: at(9) });
    expect(plan([...many(9, wanting), moving], 10).gets).toHaveLength(1);
    expect(plan([...many(9, wanting), moving, wanting({ askedAt: at(9.5) })], 10).gets).toEqual([]);
  });

  it('that a look did not show are asked for again a minute later, and not all the time', () => {
    expect(plan([wanting({ askedAt: at(1) })], 10).gets).toEqual([]);
    const later = { lastListAt: at(55), readsAvailable: 80 };
    expect(plan([wanting({ askedAt: at(1), observedAt: at(55) })], 61, later).gets).toHaveLength(1);
  });
});

describe('a budget that does not suffice', () => {
  it('a list that is late is saved up for: looks by id cannot keep it away for good', () => {
    const machines = many(5, () => close({ lacksAddress: true, observedAt: at(50) }));
    expect(plan(machines, 59, { listCost: 20, readsAvailable: 4 })).toMatchObject({ list: false });
    expect(plan(machines, 59, { listCost: 20, readsAvailable: 4 }).gets).toHaveLength(4);
    expect(plan(machines, 60, { listCost: 20, readsAvailable: 4 })).toEqual({ list: false, gets: [] });
    expect(plan(machines, 60, { listCost: 20, readsAvailable: 20 })).toEqual({ list: true, gets: [] });
  });

  it('a list that no budget can pay does not keep the looks by id away', () => {
    const machines = many(5, () => close({ lacksAddress: true }));
    expect(plan(machines, 99, { listCost: 81, readsAvailable: 4 }).gets).toHaveLength(4);
  });
});

describe('whatever is watched', () => {
  const machine = fc
    .record({
      age: fc.integer({ min: 0, max: 120 }),
      asked: fc.option(fc.integer({ min: 0, max: 120 })),
      closely: fc.boolean(),
      lacksAccess: fc.boolean(),
      lacksAddress: fc.boolean(),
      missing: fc.boolean(),
    })
    .map(({ age, asked, ...rest }) =>
      aMachine({ ...rest, observedAt: at(200 - age), askedAt: asked === null ? null : at(200 - asked) }),
    );
  const state = fc.record({
    machines: fc.array(machine, { maxLength: 30 }),
    openAttempts: fc.integer({ min: 0, max: 2 }),
    listUnfinished: fc.boolean(),
    lastListAt: fc.option(fc.integer({ min: 80, max: 200 }).map(at)),
    listCost: fc.integer({ min: 1, max: 10 }),
    readsAvailable: fc.integer({ min: 0, max: 40 }),
    readsWhenFull: fc.constant(40),
  });

  it('the budget is never exceeded, and nobody is asked for twice', () => {
    fc.assert(
      fc.property(state, (given) => {
        const { list, gets } = planLooks(given, at(200));
        expect(gets.length + (list ? given.listCost : 0)).toBeLessThanOrEqual(given.readsAvailable);
        expect(new Set(gets).size).toBe(gets.length);
      }),
      { numRuns: 3000 },
    );
  });

  it('a machine that moves and was not seen for ten seconds is looked at when the budget allows', () => {
    fc.assert(
      fc.property(state, (given) => {
        const { list, gets } = planLooks({ ...given, readsAvailable: 40, listCost: 5 }, at(200));
        for (const { machineId, closely, observedAt, askedAt } of given.machines) {
          const seen = Math.max(observedAt.getTime(), askedAt?.getTime() ?? 0);
          if (closely && seen <= at(190).getTime()) expect(list || gets.includes(machineId)).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('looks at single machines never cost more than a list that would show as much', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 20 }), (moving, listCost) => {
        const { list, gets } = plan(many(moving, close), 2, { listCost });
        expect(gets.length + (list ? listCost : 0)).toBe(Math.min(moving, listCost));
      }),
    );
  });
});
