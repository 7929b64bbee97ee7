/**
 * `docker compose up --scale novita-gpu-api=N` behind real nginx with the configuration of deploy/nginx: only the name server tells
 * who the replicas are. Needs an nginx that knows `resolve`: npm run prove:nginx-newer.
 */
import http from 'node:http';
import net from 'node:net';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { NameServer } from '../support/name-server.js';
import { Nginx } from '../support/nginx.js';

const ADDRESSES = ['127.0.0.2', '127.0.0.3', '127.0.0.4'];
const GAP_MS = 10;
/** Who is not answered within this waits for a connection. */
const WAITS_MS = 300;

let names: NameServer;
let nginx: Nginx;
let port: number;
let replicas: Map<string, http.Server>;
/** How many requests each has answered. */
let answered: Map<string, number>;

const startReplica = async (address: string): Promise<void> => {
  const server = http.createServer((_, response) => {
    answered.set(address, (answered.get(address) ?? 0) + 1);
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  replicas.set(address, server);
};
const ask = async (): Promise<number> => (await fetch(`${nginx.url}/api/instances`)).status;
const allAnswer = (addresses: string[]): Promise<boolean> =>
  eventually(`${addresses.join(', ')} answer`, async () => {
    answered.clear();
    const statuses = await Promise.all(Array.from({ length: 30 }, ask));
    return statuses.every((status) => status === 200) && addresses.every((address) => answered.has(address));
  });

beforeEach(async () => {
  answered = new Map();
  replicas = new Map();
  port = await freePort();
  names = await NameServer.start('novita-gpu-api');
  nginx = await Nginx.start({ nameServerPort: names.port, port });
});
afterEach(async () => {
  await nginx.stop();
  names.stop();
  for (const server of replicas.values()) server.close().closeAllConnections();
});

it('begins without any, and finds the first that comes', async () => {
  expect(await ask()).toBe(502);
  await startReplica('127.0.0.2');
  names.addresses = ['127.0.0.2'];
  await allAnswer(['127.0.0.2']);
});

it('finds those that are added, leaves those that are taken away, and loses no request over it', async () => {
  await startReplica('127.0.0.2');
  names.addresses = ['127.0.0.2'];
  await allAnswer(['127.0.0.2']);

  const failed: number[] = [];
  let asked = 0;
  const over = new AbortController();
  const asking = (async () => {
    for (; !over.signal.aborted; asked++) {
      const status = await ask();
      if (status !== 200) failed.push(status);
      await sleep(GAP_MS);
    }
  })();
  try {
    for (const address of ADDRESSES.slice(1)) await startReplica(address);
    names.addresses = ADDRESSES;
    await allAnswer(ADDRESSES);

    // the first goes as a container does: it refuses connections, and its name goes after it
    replicas.get('127.0.0.2')?.close().closeIdleConnections();
    names.addresses = ADDRESSES.slice(1);
    await sleep(3_000);
    await allAnswer(ADDRESSES.slice(1));
    expect(answered.has('127.0.0.2')).toBe(false);
  } finally {
    over.abort();
    await asking;
  }
  console.log(`FIGURE ${asked} requests while replicas came and went by their name: ${failed.length} failed`);
  expect(failed).toEqual([]);
});

/** A container that went took its address with it: who connects to it hears nothing, neither yes nor no. */
const startSilence = async (address: string): Promise<() => void> => {
  // a stopped process accepts nobody; what the kernel accepts in its place is bounded
  const script = `require('node:net').createServer().listen({ port: ${port}, host: '${address}', backlog: 1 }, () => console.log('listens'))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGSTOP');
  const fillers = Array.from({ length: 8 }, () => net.connect(port, address).on('error', () => undefined));
  await sleep(200);
  return () => {
    for (const filler of fillers) filler.destroy();
    child.kill('SIGKILL');
  };
};

it.each(['GET', 'POST'])(
  'a %s that waits for one that is gone goes to another, though the list of replicas changes meanwhile',
  async (method) => {
    await nginx.stop();
    nginx = await Nginx.start({ nameServerPort: names.port, port, connectSeconds: 5 });
    await startReplica('127.0.0.2');
    const asks = async (): Promise<number> =>
      (await fetch(`${nginx.url}/api/instances`, { method, ...(method === 'POST' && { body: '{}' }) })).status;
    const statuses: number[] = [];
    for (const gone of ['127.0.0.3', '127.0.0.4', '127.0.0.5']) {
      const end = await startSilence(gone);
      try {
        names.addresses = ['127.0.0.2', gone];
        const waiting = await eventually('one waits for it', async () => {
          const asked = asks();
          const isAnswered = await Promise.race([asked.then(() => true), sleep(WAITS_MS).then(() => false)]);
          return isAnswered ? null : { asked };
        });
        names.addresses = ['127.0.0.2'];
        statuses.push(await waiting.asked);
      } finally {
        end();
      }
    }
    expect(statuses).toEqual([200, 200, 200]);
  },
);
