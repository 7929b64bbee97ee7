import { ChosenWeather, type Opportunity } from './chosen-weather.js';
import type { Scenario } from './scenarios.js';
import { SimWorld, type Violation } from './sim-world.js';

export interface ScenarioResult {
  violations: Violation[];
  opportunities: Opportunity[];
  counts: Map<string, number>;
  events: number;
}

const SEED = 1;
/** A scenario ends when nothing moves any more. If something still moves after this time, a law is broken. */
const LONGEST_MS = 3 * 3_600_000;
/** From this time on nothing new goes wrong. */
const PLAY_MS = 2 * 3_600_000;
const LOOK_MS = 20_000;

/** Plays one scenario, in which exactly these faults strike, until nothing moves any more. */
export const runScenario = async (
  scenario: Scenario,
  chosen: readonly string[],
  onTrace?: (line: string) => void,
): Promise<ScenarioResult> => {
  const weather = new ChosenWeather(SEED, [...scenario.given, ...chosen]);
  const world = new SimWorld({
    seed: SEED,
    weather,
    replicas: 2,
    skewMs: 0,
    pageSize: 100,
    pagesFromOne: false,
    quietTickMs: 30_000,
    probeSeconds: 600,
    pace: 0.2,
    onTrace,
  });
  world.operator.start();
  const stageSeconds = scenario.stage(world);
  await world.time.runUntil(world.time.now + stageSeconds * 1000, () => undefined);
  const [snapshot] = world.store.allSnapshots();
  if ((snapshot?.instance.toldStatus ?? null) !== scenario.from) throw new Error('the stage is not set');
  weather.open();
  scenario.play(world);
  const began = world.time.now;
  for (let quiet = 0; world.time.now - began < LONGEST_MS && quiet < 2;) {
    await world.time.runUntil(world.time.now + LOOK_MS, () => undefined);
    if (!weather.over && world.time.now - began > PLAY_MS) world.heal();
    quiet = world.judge.isQuiet() ? quiet + 1 : 0;
  }
  world.heal();
  world.judge.checkAtRest();
  const { opportunities } = weather;
  return { violations: world.violations, opportunities, counts: world.counts, events: world.time.events };
};
