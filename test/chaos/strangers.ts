import { setTimeout as sleep } from 'node:timers/promises';
import type { Novita } from './novita.js';

/** Foreign machines in the same account, which must not be touched. */
const NAMES = [
  'somebody-elses',
  'nvt-production',
  'nvt-aaaaaaaa-01jgfjjz00n5mq2ys3b3x8t1rv-1-abcdefghij',
  'nvt-00000000-00000000000000000000000000-1-aaaaaaaaaa',
];
const FORGERIES = 6;
const LOOK_AGAIN_MS = 1_000;

/** Returns the ids of the machines. */
export const addStrangers = async (novita: Novita): Promise<string[]> => {
  const ids: string[] = [];
  for (const name of NAMES) ids.push(await novita.addForeignMachine(name));
  return ids;
};

/** Makes machines whose tags differ from used ones in one letter, as soon as there are tags. Returns their ids. */
export const addForgeries = async (novita: Novita, stop: AbortSignal): Promise<string[]> => {
  const ids: string[] = [];
  while (!stop.aborted && ids.length === 0) {
    const genuine = (await novita.ledger()).filter(({ foreign }) => !foreign);
    if (genuine.length >= FORGERIES) {
      for (const { name } of genuine.slice(0, FORGERIES)) ids.push(await novita.addForeignMachine(forge(name)));
    }
    await sleep(LOOK_AGAIN_MS, undefined, { signal: stop }).catch(() => undefined);
  }
  return ids;
};

const forge = (name: string): string => `${name.slice(0, -1)}${name.endsWith('a') ? 'b' : 'a'}`;
