/**
 * Many instances followed while callers read them: first while they are bought, which is told, and then for SECONDS while they are
 * followed, which is judged. Requests leave when it is their time, whether those before have been answered or not, and are timed
 * from then: a service that falls behind does not make fewer of them.
 *   load.js URL SIMULATOR INSTANCES SECONDS REQUESTS_A_SECOND CGROUP
 * CGROUP is the folder of the container's memory cgroup.
 */
import { existsSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fact, megabytes } from './facts.js';

const SAMPLES = 12;
const CREATES_AT_ONCE = 8;
const PAGE = 50;
const BOUGHT_WITHIN_SECONDS = 900;
const LOOK_AGAIN_SECONDS = 5;
const P99_MS = 100;
const MOST_BYTES = 256e6;
/** Of the second half of the time: what is kept for each instance and each connection is there by then. */
const FLAT_SHARE = 1.05;

const [, , url, simulator, ...rest] = process.argv;
const [instances, seconds, rate] = rest.map(Number);
const group = rest[3];
const agent = new Agent({ keepAlive: true, maxSockets: 100 });

const key = process.env.NOVITAI_API_KEY;
const authorization = key ? { authorization: `Bearer ${key}` } : {};
const send = (target, body) =>
  new Promise((resolve, reject) => {
    const headers = { ...authorization, ...(body && { 'content-type': 'application/json' }) };
    const sent = request(target, { agent, headers, method: body ? 'POST' : 'GET', timeout: 30_000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode, text }));
      answer.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error('timeout')));
    sent.on('error', reject);
    sent.end(body && JSON.stringify(body));
  });

const percentile = (list, share) => Math.round(list[Math.min(list.length - 1, Math.floor(list.length * share))] ?? NaN);

/** Of the container's processes without its init: what the cgroup says holds the page cache too. */
const residentBytes = () =>
  readFileSync(`${group}/cgroup.procs`, 'utf8')
    .trim()
    .split('\n')
    .map((pid) => readFileSync(`/proc/${pid}/status`, 'utf8'))
    .filter((status) => !status.startsWith('Name:\tdumb-init'))
    .reduce((sum, status) => sum + 1024 * Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]), 0);
const usageFile = ['memory.current', 'memory.usage_in_bytes'].find((name) => existsSync(`${group}/${name}`));

const names = Array.from({ length: instances }, (_, at) => `load-${at}`);
const createAll = async () => {
  const waiting = [...names];
  const refused = [];
  const worker = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const { status } = await send(`${url}/api/instances`, { name, productName: 'RTX 4090', templateId: '104005' });
      if (status !== 202) refused.push(status);
    }
  };
  await Promise.all(Array.from({ length: CREATES_AT_ONCE }, worker));
  return refused;
};

/** Pages from the first to the last, over and over; and between two pages the instances one by one. */
const targets = (function* () {
  for (let turn = 0; ; turn += 1) {
    yield turn % 2 === 0
      ? `${url}/api/instances?limit=${PAGE}${nextCursor ? `&cursor=${nextCursor}` : ''}`
      : `${url}/api/instances/${names[turn % names.length]}`;
  }
})();
let nextCursor = null;

const wrong = new Map();
const readOnce = async (due, times) => {
  const target = targets.next().value;
  const kind = target.includes('?') ? 'page' : 'instance';
  try {
    const { status, text } = await send(target);
    times[kind].push(performance.now() - due);
    if (status !== 200) throw new Error(String(status));
    if (kind === 'page') ({ nextCursor } = JSON.parse(text));
  } catch (error) {
    wrong.set(error.message, (wrong.get(error.message) ?? 0) + 1);
  }
};

/** What the quota of the processor has done so far: periods, and those in which the container was made to wait. */
const held = () => {
  const stat = Object.fromEntries(
    readFileSync(`${group.replace('/cgroup/memory/', '/cgroup/cpu/')}/cpu.stat`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' ')),
  );
  return { periods: Number(stat.nr_periods), waited: Number(stat.nr_throttled) };
};

const weights = [];
const weigh = (second) => {
  const resident = residentBytes();
  weights.push(resident);
  const used = megabytes(Number(readFileSync(`${group}/${usageFile}`, 'utf8')));
  console.log(`      ${second.toFixed(0).padStart(5)} s  resident ${megabytes(resident)}, cgroup ${used}`);
};

/** Reads at the rate for as long as `goesOn` says, which is asked before each; answers with the times by kind. */
const readWhile = async (goesOn) => {
  const times = { page: [], instance: [] };
  const began = performance.now();
  const flying = new Set();
  for (let turn = 0; ; turn += 1) {
    const due = began + (turn * 1000) / rate;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    if (!goesOn((due - began) / 1000)) break;
    const flight = readOnce(due, times).finally(() => flying.delete(flight));
    flying.add(flight);
  }
  await Promise.all(flying);
  return times;
};

const countReady = async () => {
  let count = 0;
  for (let cursor = ''; cursor !== null;) {
    const page = JSON.parse(
      (await send(`${url}/api/instances?status=ready&limit=100${cursor && `&cursor=${cursor}`}`)).text,
    );
    count += page.data.filter(({ name }) => name.startsWith('load-')).length;
    cursor = page.nextCursor;
  }
  return count;
};

await send(`${simulator}/_sim/stock`, { productId: '4090.16c62g', gpus: instances * 2 });
const refused = await createAll();
fact(`${instances} instances are created`, refused.length === 0, [...new Set(refused)].join());
let ready = 0;
const counting = new AbortController();
const whenAllReady = (async () => {
  while (ready < instances && !counting.signal.aborted) {
    await sleep(LOOK_AGAIN_SECONDS * 1000, undefined, { signal: counting.signal });
    ready = await countReady();
  }
})().catch((error) => {
  if (error.name !== 'AbortError') throw error;
});
const whileBought = await readWhile((second) => ready < instances && second < BOUGHT_WITHIN_SECONDS);
counting.abort();
await whenAllReady;
fact('all become ready', ready === instances, `${ready}`);

let samples = 0;
const before = held();
const whileFollowed = await readWhile((second) => {
  if (second >= (samples * seconds) / SAMPLES) {
    samples += 1;
    weigh(second);
  }
  return second < seconds;
});
const after = held();
ready = await countReady();
fact('all are ready at the end', ready === instances, `${ready}`);

const sorted = (...lists) => lists.flat().sort((a, b) => a - b);
const followed = sorted(whileFollowed.page, whileFollowed.instance);
const bought = sorted(whileBought.page, whileBought.instance);
const answers = bought.length + followed.length;
fact(`${answers} reads are answered`, wrong.size === 0, [...wrong].map(([why, count]) => `${count} × ${why}`).join());
fact(`99 of 100 reads within ${P99_MS} ms`, percentile(followed, 0.99) <= P99_MS, `${percentile(followed, 0.99)} ms`);
const late = weights.slice(Math.floor(weights.length / 2));
fact('memory is flat in the second half', Math.max(...late) <= late[0] * FLAT_SHARE, late.map(megabytes).join(', '));
fact(
  `less than ${megabytes(MOST_BYTES)} are resident`,
  Math.max(...weights) < MOST_BYTES,
  megabytes(Math.max(...weights)),
);

const shares = (list) => `p50 ${percentile(list, 0.5)} ms, p99 ${percentile(list, 0.99)} ms`;
console.log(
  `FIGURE image load: ${instances} instances, ${rate} reads a second for ${seconds} s: page ${shares(sorted(whileFollowed.page))}; ` +
    `instance ${shares(sorted(whileFollowed.instance))}; while they were bought (${Math.round(bought.length / rate)} s): ${shares(bought)}; ` +
    `the processor's quota held it back in ${Math.round((100 * (after.waited - before.waited)) / (after.periods - before.periods))} % of its periods; ` +
    `resident ${megabytes(weights[0])} to ${megabytes(weights.at(-1))}, at most ${megabytes(Math.max(...weights))}`,
);
agent.destroy();
