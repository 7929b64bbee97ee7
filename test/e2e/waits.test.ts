/** Waiting for an instance: `GET …/wait` and `Prefer: wait`, over HTTP. */
import { request, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { InstanceDto } from '../../src/novita-instances/api/dto/instance.dto.js';
import { eventually } from '../support/eventually.js';
import { startApp, type RunningApp } from '../support/running-app.js';

type Refusal = { code: string; instanceState: InstanceDto };

const WANTED = { productName: 'RTX 4090 24GB', image: 'example/workload:1' };

let app: RunningApp;
let stopping: Promise<void> | null = null;
const stop = (): Promise<void> => (stopping ??= app.stop());

beforeAll(async () => {
  app = await startApp();
});
afterAll(stop);

const wait = <T = InstanceDto>(instance: string, query: string) =>
  app.api.request<T>('GET', `/api/instances/${instance}/wait?${query}`);
const send = (url: string, options: RequestOptions = {}): ClientRequest => {
  const sent = request(url, { agent: false, ...options }).on('error', () => undefined);
  if (options.method === undefined) sent.end();
  return sent;
};
const openWaits = async (): Promise<number> => {
  const text = await (await fetch(`${app.url}/metrics`)).text();
  return Number(/^novitai_open_waits (\d+)$/m.exec(text)?.[1]);
};

it('answers when the instance is ready, stopped and deleted, with the instance as GET shows it', async () => {
  const { body: created } = await app.api.create({ name: 'waited' });
  const ready = await wait('waited', 'for=ready&timeout=300');
  expect(ready).toMatchObject({ status: 200, body: { id: created.id, status: 'ready' } });
  expect(ready.headers.get('etag')).toMatch(/^"\d+"$/);
  const [stopped, stop] = await Promise.all([
    wait(created.id, 'for=stopped&timeout=300'),
    app.api.ask('waited', 'stop'),
  ]);
  expect(stopped).toMatchObject({ status: 200, body: { status: 'stopped', generation: stop.body.generation } });
  const deleted = wait(created.id, 'for=deleted&timeout=300');
  await app.api.delete('waited');
  expect(await deleted).toMatchObject({ status: 200, body: { status: 'deleted' } });
  // at once, by now
  expect(await wait(created.id, 'for=deleted&timeout=0')).toMatchObject({ status: 200 });
  expect(await wait<Refusal>(created.id, 'for=ready')).toMatchObject({
    status: 409,
    body: { code: 'INSTANCE_DELETED', instanceState: { status: 'deleted' } },
  });
});

it('commands with Prefer: wait answer when their effect is there', async () => {
  const prefer = { prefer: 'respond-async, wait=300' };
  const created = await app.api.create({ name: 'preferred' }, prefer);
  expect(created).toMatchObject({ status: 202, body: { status: 'ready', generation: 1 } });
  expect(created.headers.get('preference-applied')).toBe('wait=300');
  const ask = (method: string, verb: string) =>
    app.api.request<InstanceDto>(method, `/api/instances/${created.body.id}${verb}`, undefined, prefer);
  expect((await ask('POST', '/restart')).body).toMatchObject({ status: 'ready', generation: 2 });
  const replaced = (await ask('POST', '/replace')).body;
  expect(replaced).toMatchObject({ status: 'ready', generation: 3 });
  expect(replaced.machine?.id).not.toBe(created.body.machine?.id);
  expect((await ask('POST', '/stop')).body).toMatchObject({ status: 'stopped', generation: 4 });
  expect((await ask('POST', '/start')).body).toMatchObject({ status: 'ready', generation: 5 });
  expect((await ask('DELETE', '')).body).toMatchObject({ status: 'deleted' });
});

it('says 408 with the instance when the time is up, and 409 when another command is needed', async () => {
  app.novita.faults.next('createInstance', { status: 400, reason: 'IMAGE_NOT_FOUND', message: 'no such image' });
  const failed = await app.api.create({ name: 'fails' }, { prefer: 'wait=300' });
  expect(failed).toMatchObject({ status: 202, body: { status: 'failed' } });
  expect(await wait<Refusal>('fails', 'for=ready')).toMatchObject({ status: 409, body: { code: 'INSTANCE_FAILED' } });
  await app.api.ask('fails', 'stop');
  await app.api.until('fails', 'stopped');
  const vain = await wait<Refusal>('fails', 'for=ready');
  expect(vain).toMatchObject({ status: 409, body: { code: 'INSTANCE_STOPPED', instanceState: { name: 'fails' } } });
  const late = await wait<Refusal>('fails', 'for=ready&generation=9&timeout=0');
  expect(late).toMatchObject({ status: 408, body: { code: 'WAIT_TIMED_OUT', instanceState: { status: 'stopped' } } });
  expect(await wait('nobody', 'for=ready')).toMatchObject({ status: 404 });
  expect(await wait<Refusal>('fails', '')).toMatchObject({ body: { code: 'INSTANCE_STOPPED' } });
  for (const query of ['for=running', 'for=ready&timeout=301', 'for=ready&generation=0']) {
    expect(await wait('fails', query)).toMatchObject({ status: 400 });
  }
});

it('forgets who leaves, and ends all waits when the service stops', async () => {
  const path = `${app.url}/api/instances/fails`;
  const leaving = send(`${path}/wait?for=ready&generation=9&timeout=300`);
  await eventually('one waits', async () => (await openWaits()) === 1);
  leaving.destroy();
  await eventually('nobody waits', async () => (await openWaits()) === 0);

  // nothing can be bought: what is asked for waits
  app.novita.account.depositUsd = 0;
  const open = wait<Refusal>('fails', 'for=ready&generation=9&timeout=300');
  const preferring = send(`${app.url}/api/instances`, {
    method: 'POST',
    headers: { prefer: 'wait=300', 'content-type': 'application/json' },
  });
  preferring.end(JSON.stringify({ ...WANTED, name: 'prefers' }));
  const answered = once(preferring, 'response') as Promise<[IncomingMessage]>;
  await eventually('both wait', async () => (await openWaits()) === 2);
  const stopped = stop();
  const [refused, [preferred]] = await Promise.all([open, answered]);
  expect(refused).toMatchObject({ status: 503, body: { code: 'SERVICE_UNAVAILABLE' } });
  expect(refused.headers.get('retry-after')).toBe('1');
  // the command was carried out
  expect(preferred.statusCode).toBe(202);
  expect(preferred.headers['preference-applied']).toBeUndefined();
  preferred.resume();
  await stopped;
});
