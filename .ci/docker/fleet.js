/**
 * How the fleet stands once all of it is at rest: instances by status, and the machines of Novita's own books.
 *   fleet.js URL SIMULATOR
 */
import { setTimeout as sleep } from 'node:timers/promises';

const REST_SECONDS = 180;
const [, , url, simulator] = process.argv;
const key = process.env.NOVITAI_API_KEY;
const authorization = key ? { authorization: `Bearer ${key}` } : {};
const json = async (address, headers = {}) =>
  (await fetch(address, { headers, signal: AbortSignal.timeout(10_000) })).json();

const instances = async () => {
  const byStatus = {};
  for (let cursor = ''; cursor !== null;) {
    const page = await json(`${url}/api/instances?limit=100${cursor && `&cursor=${cursor}`}`, authorization);
    for (const { status } of page.data) byStatus[status] = (byStatus[status] ?? 0) + 1;
    cursor = page.nextCursor ?? null;
  }
  return byStatus;
};
const isAtRest = (byStatus) => Object.keys(byStatus).every((status) => ['ready', 'failed'].includes(status));

let now = await instances();
for (const began = performance.now(); !isAtRest(now) && performance.now() - began < REST_SECONDS * 1000;) {
  await sleep(1_000);
  now = await instances();
}
const ledger = await json(`${simulator}/_sim/ledger`);
const paid = ledger.filter(({ removedAt }) => removedAt === null || removedAt === undefined).length;
console.log(`instances ${JSON.stringify(now)}, machines ${paid} of ${ledger.length}`);
