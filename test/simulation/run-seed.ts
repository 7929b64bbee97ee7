import type { KeepFor } from '../../src/retention/expiry.js';
import { SeededRandom } from './seeded-random.js';
import { SimWorld, type Violation } from './sim-world.js';
import { drawLaterRates, drawRates, SPELLS, Weather, type Fault, type Rates, type Spell } from './weather.js';

export interface SeedOptions {
  seed: number;
  hours: number;
  /** Only these faults may strike. Null: all of them. */
  only?: ReadonlySet<string> | null;
  onTrace?: ((line: string) => void) | undefined;
  /** Rates of faults to use instead of the rates that the seed draws. */
  rates?: Rates;
  creates?: number;
  lateMs?: (random: SeededRandom) => number;
}

export interface SeedResult {
  seed: number;
  violations: Violation[];
  traceHash: string;
  /** Every fault that struck, by name and number. A replay may leave some of them out. */
  struck: string[];
  counts: Map<string, number>;
  events: number;
}

const HOUR_MS = 3_600_000;
const CALM_MS = HOUR_MS / 2;
const STORMS = ['crash', 'pause'] as const;
/** Spells that are drawn more often, because each of them touches few machines. */
const OFTEN: ReadonlySet<Spell> = new Set(['wrong-account', 'no-stock']);
const PEOPLE = ['person-deletes', 'person-stops', 'person-renames', 'person-copies'] as const;

/** Runs one world: hours in which things go wrong, half an hour in which nothing does, and then a check of everything. */
export const runSeed = async ({
  seed,
  hours,
  only = null,
  onTrace,
  rates,
  creates,
  lateMs,
}: SeedOptions): Promise<SeedResult> => {
  const random = new SeededRandom(seed, 0);
  const drawn = rates ?? { ...drawRates(random), ...drawLaterRates(new SeededRandom(seed, 21)) };
  const weather = new Weather({ seed, rates: drawn, only });
  const clockJump = rates === undefined ? drawClockJump(new SeededRandom(seed, 9)) : null;
  const world = new SimWorld({
    seed,
    weather,
    clockJump,
    replicas: random.integer(1, 3),
    skewMs: random.chance(0.3) ? random.logUniform(100, 2_000) : 0,
    pageSize: random.chance(0.3) ? random.integer(2, 6) : 100,
    pagesFromOne: random.chance(0.3),
    listsUnordered: new SeededRandom(seed, 5).chance(0.3),
    runsShowBy: new SeededRandom(seed, 6).pick(['start-time', 'start-time', 'address', 'nothing', 'nothing']),
    keep: rates === undefined ? drawKeep(new SeededRandom(seed, 10)) : null,
    quietTickMs: random.between(30_000, 110_000),
    probeSeconds: random.integer(120, 600),
    keysForMs: rates === undefined && new SeededRandom(seed, 14).chance(0.3) ? hours * HOUR_MS : null,
    webhooksForMs: rates === undefined && new SeededRandom(seed, 12).chance(0.3) ? hours * HOUR_MS : null,
    ...(lateMs && { lateMs }),
    onTrace,
  });
  const forMs = hours * HOUR_MS;
  const isLarge = random.chance(0.12);
  const isRestored = rates === undefined && random.chance(0.2);
  const isTwinStorm = rates === undefined && !isRestored && random.chance(0.1);
  if (isTwinStorm) drawn['done-twice'] = 0.9;
  const isMany = isLarge || isRestored || isTwinStorm;
  const bornWithinMs = isTwinStorm ? HOUR_MS / 2 : forMs * 0.9;
  world.callers.plan(creates ?? (isMany ? random.integer(8, 20) : random.integer(2, 6)), forMs, bornWithinMs);
  world.operator.start();
  planStorms(world, random, drawn, forMs);
  planPeople(world, random, drawn, forMs);
  if (rates === undefined) {
    planSpells(world, random, forMs);
    if (isRestored) planRestore(world, random, forMs);
    else if (random.chance(0.25)) planFailover(world, random, forMs);
    planStrangers(world, random);
    planForgeries(world, random, forMs);
    planMarket(world, random, forMs);
    planSoldOut(world, new SeededRandom(seed, 16), forMs);
    if (clockJump && weather.admits('clock-jump#1')) {
      world.time.after(clockJump.at * forMs, () => world.clocks.jump(clockJump.byMs, clockJump.forMs));
    }
  }
  await world.time.runUntil(world.time.now + forMs, () => undefined);
  world.heal();
  const calmUntil = world.time.now + CALM_MS;
  // when nothing moves any more, the rest of the half hour shows nothing new
  for (let quiet = 0; world.time.now < calmUntil && quiet < 3;) {
    await world.time.runUntil(Math.min(calmUntil, world.time.now + 60_000), () => undefined);
    quiet = world.judge.isQuiet() ? quiet + 1 : 0;
  }
  world.judge.checkAtRest();
  if (world.webhooks) {
    await world.webhooks.goOn();
    world.judge.checkReceivers(world.webhooks.endpoints);
  }
  countBranches(world);
  return {
    seed,
    violations: world.violations,
    traceHash: world.traceHash,
    struck: weather.struck,
    counts: world.counts,
    events: world.time.events,
  };
};

/** A jump of the database's clock by a minute to two days, for some seconds or minutes. */
const drawClockJump = (random: SeededRandom): { at: number; byMs: number; forMs: number } | null =>
  random.chance(0.2)
    ? {
        at: random.between(0, 0.95),
        byMs: random.logUniform(60_000, 48 * HOUR_MS) * (random.chance(0.3) ? -1 : 1),
        forMs: random.logUniform(10_000, 300_000),
      }
    : null;

/** In some worlds retention keeps things only a little longer than late creates and repeated requests may take. */
const drawKeep = (random: SeededRandom): KeepFor | null =>
  random.chance(0.35)
    ? {
        eventsDays: random.logUniform(0.01, 0.2),
        idempotencyKeysHours: random.between(2, 6),
        attemptsDays: random.logUniform(0.05, 0.2),
        deletedInstancesDays: random.logUniform(0.05, 0.2),
      }
    : null;

/** Draws the times of one kind of event that happens so many times an hour. */
const times = (random: SeededRandom, perHour: number, forMs: number): number[] => {
  const at: number[] = [];
  const hourly = Math.max(perHour, 0.01);
  for (let next = 0; ;) {
    next += (-Math.log(1 - random.next()) / hourly) * HOUR_MS;
    if (next >= forMs || at.length > 60) return at;
    at.push(next);
  }
};

const planStorms = (world: SimWorld, random: SeededRandom, rates: Rates, forMs: number): void => {
  for (const storm of STORMS) {
    const rate = rates[storm];
    if (rate === undefined) continue;
    for (const [index, at] of times(random, rate * 8, forMs).entries()) {
      const ms = random.logUniform(1_000, 900_000);
      const slot = random.integer(0, 2);
      if (!world.weather.admits(`${storm}#${index + 1}`)) continue;
      world.time.after(at, () => {
        const replica = world.anyReplica(slot);
        world.count(storm);
        if (storm === 'crash') replica?.crash();
        else replica?.pause(ms);
      });
    }
  }
};

const planPeople = (world: SimWorld, random: SeededRandom, rates: Rates, forMs: number): void => {
  for (const fault of PEOPLE) {
    const rate = rates[fault as Fault];
    if (rate === undefined) continue;
    for (const [index, at] of times(random, rate * 2, forMs).entries()) {
      const which = random.next();
      if (!world.weather.admits(`${fault}#${index + 1}`)) continue;
      world.time.after(at, () => {
        const machines = [...world.novita.alive()].filter(({ foreign }) => !foreign);
        const machine = machines[Math.floor(which * machines.length)];
        if (!machine) return;
        world.count(fault);
        world.novita.person(fault.replace('person-', '') as 'deletes', machine);
      });
    }
  }
};

const planSpells = (world: SimWorld, random: SeededRandom, forMs: number): void => {
  for (const spell of SPELLS) {
    if (!random.chance(OFTEN.has(spell) ? 0.7 : 0.2)) continue;
    const at = random.between(0, forMs);
    const ms = random.logUniform(10_000, spell === 'database-away' ? 600_000 : 4_000_000);
    if (world.weather.admits(`${spell}#1`)) world.time.after(at, () => world.spell(spell, ms));
  }
};

/** A standby takes over which lacks the last commits. */
const planFailover = (world: SimWorld, random: SeededRandom, forMs: number): void => {
  planRollback(world, random.between(HOUR_MS / 4, forMs), random.between(500, 60_000), random.chance(0.2));
};

/** A backup is restored which is hours old. */
const planRestore = (world: SimWorld, random: SeededRandom, forMs: number): void => {
  const at = random.between(forMs * 0.4, forMs);
  planRollback(world, at, random.between(at * 0.2, at * 0.95), random.chance(0.7));
};

const planRollback = (world: SimWorld, at: number, byMs: number, isRestart: boolean): void => {
  if (!world.weather.admits('rollback#1')) return;
  let snapshot = world.databaseSnapshot();
  let takenAt = world.time.now;
  world.time.after(Math.max(0, at - byMs), () => {
    snapshot = world.databaseSnapshot();
    takenAt = world.time.now;
  });
  world.time.after(at, () => {
    world.count(byMs > 60_000 ? 'database restored from a backup' : 'database lost its last commits');
    world.trace(`the database goes back by ${Math.round((world.time.now - takenAt) / 1000)} s`);
    if (isRestart) for (const replica of world.allReplicas()) replica.crash();
    world.lastRollback = { to: takenAt, at: world.time.now };
    world.restoreDatabase(snapshot);
    world.callers.forgetAfter(takenAt);
    world.judge.rolledBack();
    world.webhooks?.rolledBack(takenAt);
    world.keys?.rolledBack();
  });
};

const planStrangers = (world: SimWorld, random: SeededRandom): void => {
  if (!random.chance(0.3)) return;
  const ours = world.tagger.write({ instanceId: 'ins_01JGFJJZ00N5MQ2YS3B3X8T1RV', attempt: 1 });
  const names = ['training-box', `${ours}x`, ours.replace('simworld', 'othworld'), ours.slice(0, -1) + 'a', `x${ours}`];
  for (let index = random.integer(1, 6); index > 0; index--) {
    world.novita.addForeign(random.pick(names as [string, ...string[]]));
  }
};

/** Somebody gives machines the name that we would give a further machine of a stored instance, but with a wrong MAC. */
const planForgeries = (world: SimWorld, random: SeededRandom, forMs: number): void => {
  if (!random.chance(0.3)) return;
  for (const at of times(random, 1, forMs)) {
    world.time.after(at, () => {
      const [snapshot] = world.store.allSnapshots();
      if (!snapshot) return;
      const tag = world.tagger.write({ instanceId: snapshot.instance.id, attempt: 9 });
      world.novita.addForeign(`${tag.slice(0, -1)}${tag.endsWith('a') ? 'b' : 'a'}`);
    });
  }
};

/** Prices and stock change. */
const planMarket = (world: SimWorld, random: SeededRandom, forMs: number): void => {
  for (const at of times(random, random.logUniform(0.2, 6), forMs)) {
    const factor = random.between(0.75, 1.3);
    const stock = random.chance(0.3) ? 0 : 100;
    const which = random.integer(0, 2);
    world.time.after(at, () => {
      const offer = world.novita.offers[which];
      if (!offer || world.weather.over) return;
      offer.price = Math.round(Math.min(60_000, Math.max(20_000, offer.price * factor)));
      offer.pricedAt = world.time.now;
      world.novita.restock(offer, { stock });
    });
  }
};

/** Creates are refused for a while, and the catalogue does not show it. */
const planSoldOut = (world: SimWorld, random: SeededRandom, forMs: number): void => {
  if (!random.chance(0.75)) return;
  for (const at of times(random, random.logUniform(1, 6), forMs)) {
    const soldOut = random.chance(0.8) ? 'spot' : 'all';
    const which = random.chance(0.7) ? null : random.integer(0, 2);
    const ms = random.logUniform(60_000, 3_600_000);
    const set = (value: typeof soldOut | null): void => {
      if (world.weather.over) return;
      world.novita.offers.forEach((offer, at) => {
        if (which === null || which === at) world.novita.restock(offer, { soldOut: value });
      });
    };
    world.time.after(at, () => set(soldOut));
    world.time.after(at + ms, () => set(null));
  }
};

/** Counts what the events of the API tell, for the table of recovery branches. */
const countBranches = (world: SimWorld): void => {
  world.counts.set('instance with a transient twin', world.hadTwoMachines.size);
  for (const snapshot of world.store.allSnapshots()) {
    for (const { type, data } of world.store.eventsOf(snapshot.instance.id)) {
      world.count(`event ${type}`);
      if (type === 'instance.failed') world.count(`failed ${String(data.code)}`);
      if (type === 'replacement.begun') world.count(`replaced by ${String(data.reason)}`);
    }
  }
};
