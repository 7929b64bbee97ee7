/**
 * What a caller sees of a service that has just been started.
 *   life.js URL NAME           waits until it is ready, creates an instance and follows it until it is `ready`
 *   life.js URL NAME --again   waits until it is ready, and finds that instance
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fact } from './facts.js';

const READY_SECONDS = 60;
const INSTANCE_SECONDS = 120;
const LOOK_AGAIN_MS = 100;

const [, , url, name, again] = process.argv;
const key = process.env.NOVITAI_API_KEY;
const authorization = key ? { authorization: `Bearer ${key}` } : {};
const ask = async (path, body) => {
  const answer = await fetch(`${url}${path}`, {
    signal: AbortSignal.timeout(10_000),
    headers: { ...authorization, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
};
/** The seconds it took; null when it never did. */
const until = async (seconds, holds) => {
  const began = performance.now();
  while (performance.now() - began < seconds * 1000) {
    if (await holds().catch(() => false)) return ((performance.now() - began) / 1000).toFixed(1);
    await sleep(LOOK_AGAIN_MS);
  }
  return null;
};

const ready = await until(READY_SECONDS, async () => (await ask('/health/ready')).status === 200);
fact('the service becomes ready', ready !== null, ready === null ? `not within ${READY_SECONDS} s` : `${ready} s`);
if (ready === null) process.exit();
if (again === '--again') {
  const { status, body } = await ask(`/api/instances/${name}`);
  fact('what it was told before is still known', status === 200 && body.status === 'ready', body.status);
} else {
  const { status } = await ask('/api/instances', { name, productName: 'RTX 4090', templateId: '104005' });
  fact('an instance is created', status === 202, status);
  let last = 'none';
  const seconds = await until(INSTANCE_SECONDS, async () => {
    last = (await ask(`/api/instances/${name}`)).body.status;
    return last === 'ready';
  });
  fact('it becomes ready', seconds !== null, seconds === null ? `${last} after ${INSTANCE_SECONDS} s` : `${seconds} s`);
}
