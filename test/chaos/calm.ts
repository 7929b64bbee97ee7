import { setTimeout as sleep } from 'node:timers/promises';
import type { CallerApi } from './caller-api.js';
import { placeOrder, rememberEvents } from './callers.js';
import { readEvents, readInstances } from './fleet-view.js';
import type { Evidence } from './judge.js';
import type { Novita } from './novita.js';
import { idOf, type Order, type SeenEvent } from './orders.js';
import { unsettled } from './settled.js';
import { TOO_LATE_MS } from './weather.js';

/**
 * What is not at rest after this time is judged as it is. The longest wait: a machine that disappeared without an answer to the delete must
 * be 300 s old before its absence is believed.
 */
const CALM_SECONDS = 360;
/** How long nothing must change: longer than the interval between observations of a quiet machine. */
const STILL_SECONDS = 4;
const LOOK_AGAIN_MS = 1_000;
const READERS = 6;

/** Waits until everything is at rest, and the simulated Novita has no pending effects. Returns the seconds it took. */
export const untilAtRest = async (api: CallerApi, novita: Novita, tell: (line: string) => void): Promise<number> => {
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1000;
  const earliest = TOO_LATE_MS / 1000 + STILL_SECONDS;
  let stillSince: number | null = null;
  let toldAt = 0;
  while (seconds() < CALM_SECONDS) {
    const moving = unsettled(await readInstances(api), await novita.ledger());
    stillSince = moving.length > 0 ? null : (stillSince ?? seconds());
    if (stillSince !== null && seconds() - stillSince >= STILL_SECONDS && seconds() >= earliest) break;
    if (seconds() - toldAt > 15) {
      toldAt = seconds();
      tell(`${moving.length} instances are not at rest${moving[0] === undefined ? '' : `, such as ${moving[0]}`}`);
    }
    await sleep(LOOK_AGAIN_MS);
  }
  return seconds();
};

/** Repeats every create once more, which must change nothing, and records what callers were told and what is true. */
export const gatherEvidence = async (
  api: CallerApi,
  novita: Novita,
  orders: readonly Order[],
): Promise<Omit<Evidence, 'foreignIds' | 'deaths'>> => {
  await spread(orders, (order) => placeOrder(api, order));
  const instances = await readInstances(api);
  const events = new Map<string, SeenEvent[]>();
  const ordersById = new Map(orders.map((order) => [idOf(order), order]));
  await spread(instances, async ({ id }) => {
    const seen = await readEvents(api, id);
    const order = ordersById.get(id);
    if (typeof seen === 'string') order?.surprises.push(seen);
    else {
      events.set(id, seen);
      if (order) rememberEvents(order, seen);
    }
  });
  const [ledger, requests, journal] = [await novita.ledger(), await novita.requests(), await novita.journal()];
  return { orders, instances, events, ledger, requests, journal };
};

const spread = async <T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> => {
  const waiting = [...all];
  const reader = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: READERS }, reader));
};
