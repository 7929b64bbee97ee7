/**
 * `docker compose up --scale novita-gpu-api=N` behind real nginx with the configuration of deploy/nginx: only the name server tells
 * who the replicas are. Needs an nginx that knows `resolve`: npm run prove:nginx-newer.
 */
import http from 'node:http';
import net from 'node:net';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { NameServer } from '../support/name-server.js';
import { Nginx } from '../support/nginx.js';

const ADDRESSES = ['127.0.0.2', '127.0.0.3', '127.0.0.4'];

let names: NameServer;
let nginx: Nginx;
let port: number;
let replicas: Map<string, http.Server>;
/** How many requests each has answered. */
let answered: Map<string, number>;

const startReplica = async (address: string): Promise<void> => {
  // as the service: longer than nginx keeps a connection, which otherwise meets one that was just closed, and takes its replica for gone
  const server = http.createServer({ keepAliveTimeout: 65_000 }, (_, response) => {
    answered.set(address, (answered.get(address) ?? 0) + 1);
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  replicas.set(address, server);
};
const ask = async (method = 'GET'): Promise<number> =>
  (await fetch(`${nginx.url}/api/instances`, { method, ...(method === 'POST' && { body: '{}' }) })).status;
const allAnswer = (addresses: string[]): Promise<boolean> =>
  eventually(`${addresses.join(', ')} answer`, async () => {
    answered.clear();
    const statuses = await Promise.all(Array.from({ length: 30 }, () => ask()));
    return statuses.every((status) => status === 200) && addresses.every((address) => answered.has(address));
  });
/** It asks again only when it has taken the last answer in. */
const tellNginx = async (addresses: string[]): Promise<void> => {
  names.addresses = addresses;
  const before = names.questions;
  await eventually('nginx has taken the names in', () => names.questions >= before + 2);
};

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
    }
  })();
  try {
    for (const address of ADDRESSES.slice(1)) await startReplica(address);
    names.addresses = ADDRESSES;
    await allAnswer(ADDRESSES);

    // the first goes as a container does: it refuses connections, and its name goes after it
    replicas.get('127.0.0.2')?.close().closeIdleConnections();
    await tellNginx(ADDRESSES.slice(1));
    // whoever has its address then is asked nothing
    await startReplica('127.0.0.2');
    await allAnswer(ADDRESSES.slice(1));
    expect(answered.has('127.0.0.2')).toBe(false);
  } finally {
    over.abort();
    await asking;
  }
  console.log(`FIGURE ${asked} requests while replicas came and went by their name: ${failed.length} failed`);
  expect(failed).toEqual([]);
});

const QUEUE = 1;

/** A container that went took its address with it: who connects to it hears nothing, neither yes nor no. */
const startSilence = async (address: string): Promise<() => void> => {
  // a stopped process accepts nobody; the kernel accepts in its place until the queue is full
  const script = `require('node:net').createServer().listen({ port: ${port}, host: '${address}', backlog: ${QUEUE} }, () => console.log('listens'))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGSTOP');
  // it holds one more than it says
  const fillers = Array.from({ length: QUEUE + 1 }, () => net.connect(port, address).on('error', () => undefined));
  await eventually('the queue is full', async () =>
    (await connections()).some(
      ({ local, state, waiting }) => local === address && state === LISTENS && waiting > QUEUE,
    ),
  );
  return () => {
    for (const filler of fillers) filler.destroy();
    child.kill('SIGKILL');
  };
};

/** What the kernel says of connections and servers on our port. */
const connections = async () =>
  (await readFile('/proc/net/tcp', 'utf8'))
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/[\s:]+/))
    .filter((fields) => [fields[2], fields[4]].includes(port.toString(16).toUpperCase().padStart(4, '0')))
    .map(([, local = '', , remote = '', , state, , waiting = '']) => ({
      local: addressOf(local),
      remote: addressOf(remote),
      state,
      waiting: parseInt(waiting, 16),
    }));
const LISTENS = '0A';
const CONNECTS = '02';
const addressOf = (hex: string): string => {
  const bytes = [...Buffer.from(hex, 'hex')];
  return (endianness() === 'LE' ? bytes.toReversed() : bytes).join('.');
};

it.each(['GET', 'POST'])(
  'a %s that waits for one that is gone goes to another, though the list of replicas changes meanwhile',
  async (method) => {
    await nginx.stop();
    nginx = await Nginx.start({ nameServerPort: names.port, port, connectSeconds: 5 });
    await startReplica('127.0.0.2');
    await tellNginx(['127.0.0.2']);
    const statuses: number[] = [];
    for (const gone of ['127.0.0.3', '127.0.0.4', '127.0.0.5']) {
      const end = await startSilence(gone);
      try {
        names.addresses = ['127.0.0.2', gone];
        const asked: Promise<number>[] = [];
        await eventually('one waits for it', async () => {
          if ((await connections()).some(({ remote, state }) => remote === gone && state === CONNECTS)) return true;
          asked.push(ask(method));
          return false;
        });
        names.addresses = ['127.0.0.2'];
        statuses.push(...(await Promise.all(asked)));
      } finally {
        end();
      }
    }
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  },
);
