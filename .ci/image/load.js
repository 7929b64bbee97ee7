/**
 * Many instances followed while callers read them. Requests leave when it is their time, whether those before have been answered or
 * not, and are timed from then: a service that falls behind does not make fewer of them.
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
const SETTLE_SECONDS = 300;
const P99_MS = 100;
const MOST_BYTES = 256e6;
/** Of the second half of the time: what is kept for each instance and each connection is there by then. */
const FLAT_SHARE = 1.05;

const [, , url, simulator, ...rest] = process.argv;
const [instances, seconds, rate] = rest.map(Number);
const group = rest[3];
const agent = new Agent({ keepAlive: true, maxSockets: 100 });

const send = (target, body) =>
  new Promise((resolve, reject) => {
    const headers = body ? { 'content-type': 'application/json' } : {};
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

const percentile = (sorted, share) =>
  Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);

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

const times = { page: [], instance: [] };
const wrong = new Map();
const readOnce = async (due) => {
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

const weights = [];
const weigh = (second) => {
  const resident = residentBytes();
  weights.push(resident);
  const used = megabytes(Number(readFileSync(`${group}/${usageFile}`, 'utf8')));
  console.log(`      ${second.toFixed(0).padStart(5)} s  resident ${megabytes(resident)}, cgroup ${used}`);
};

const readAll = async () => {
  const began = performance.now();
  const flying = new Set();
  for (let turn = 0; turn < seconds * rate; turn += 1) {
    const due = began + (turn * 1000) / rate;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    if (turn % Math.max(1, Math.floor((seconds * rate) / SAMPLES)) === 0) {
      weigh((due - began) / 1000);
    }
    const flight = readOnce(due).finally(() => flying.delete(flight));
    flying.add(flight);
  }
  await Promise.all(flying);
  weigh(seconds);
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
await readAll();
const deadline = performance.now() + SETTLE_SECONDS * 1000;
let ready = await countReady();
while (ready < instances && performance.now() < deadline) {
  await sleep(1_000);
  ready = await countReady();
}
fact('all become ready', ready === instances, `${ready}`);
const answers = times.page.length + times.instance.length;
fact(`${answers} reads are answered`, wrong.size === 0, [...wrong].map(([why, count]) => `${count} × ${why}`).join());

const all = [...times.page, ...times.instance].sort((a, b) => a - b);
fact(`99 of 100 reads within ${P99_MS} ms`, percentile(all, 0.99) <= P99_MS, `${percentile(all, 0.99)} ms`);
const late = weights.slice(Math.floor(weights.length / 2));
fact('memory is flat in the second half', Math.max(...late) <= late[0] * FLAT_SHARE, late.map(megabytes).join(', '));
fact(
  `less than ${megabytes(MOST_BYTES)} are resident`,
  Math.max(...weights) < MOST_BYTES,
  megabytes(Math.max(...weights)),
);

const told = Object.entries(times).map(([kind, each]) => {
  const sorted = each.sort((a, b) => a - b);
  return `${kind} p50 ${percentile(sorted, 0.5)} ms, p99 ${percentile(sorted, 0.99)} ms`;
});
console.log(
  `FIGURE image load: ${instances} instances, ${rate} reads a second for ${seconds} s: ${told.join('; ')}; ` +
    `resident ${megabytes(weights[0])} to ${megabytes(weights.at(-1))}, at most ${megabytes(Math.max(...weights))}`,
);
agent.destroy();
