/**
 * Callers who ask all the time, and who are told what went wrong. Requests leave when it is their time, whether those before have been
 * answered or not. One in twenty is a create.
 *   visits.js URL REQUESTS_A_SECOND WHEN     asks until SIGTERM, then says what came of it
 * WHEN begins the names of the instances.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fact } from '../image/facts.js';

const CREATE_EVERY = 20;
const PATIENCE_MS = 30_000;

const [, , url, rate, when] = process.argv;
const times = [];
const wrong = new Map();
const accepted = [];
let made = 0;

const key = process.env.NOVITAI_API_KEY;
const authorization = key ? { authorization: `Bearer ${key}` } : {};
const ask = async (path, body) => {
  const answer = await fetch(`${url}${path}`, {
    signal: AbortSignal.timeout(PATIENCE_MS),
    headers: { ...authorization, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  await answer.text();
  return answer.status;
};
const reads = ['/api/instances?limit=50', '/api/instances/first', '/api/fleet', '/api/instances/first/events'];
const visit = async (number) => {
  const began = performance.now();
  const name = number % CREATE_EVERY === 0 ? `${when}-${(made += 1)}` : null;
  const path = name === null ? reads[number % reads.length] : '/api/instances';
  let outcome;
  try {
    const status = await ask(path, name && { name, productName: 'RTX 4090', templateId: '104005' });
    outcome = status === (name === null ? 200 : 202) ? null : String(status);
  } catch (error) {
    outcome = error.cause?.code ?? error.cause?.message ?? error.message;
  }
  times.push(performance.now() - began);
  if (outcome === null && name !== null) accepted.push(name);
  const what = `${name === null ? path : 'create'}: ${outcome}`;
  if (outcome !== null) wrong.set(what, (wrong.get(what) ?? 0) + 1);
};

let over = false;
process.once('SIGTERM', () => (over = true));
const began = performance.now();
const under = new Set();
for (let number = 1; !over; number += 1) {
  await sleep(Math.max(0, began + (number * 1000) / rate - performance.now()));
  const one = visit(number).finally(() => under.delete(one));
  under.add(one);
}
await Promise.all(under);

times.sort((a, b) => a - b);
const p99 = Math.round(times[Math.floor(times.length * 0.99)]);
const told = [...wrong].map(([what, count]) => `${count} × ${what}`).join(', ');
fact(`${times.length} requests are answered`, wrong.size === 0, told || `p99 ${p99} ms`);
const lost = [];
for (const name of accepted) if ((await ask(`/api/instances/${name}`)) !== 200) lost.push(name);
fact(`${accepted.length} creates are kept`, accepted.length > 0 && lost.length === 0, lost.join(', '));
