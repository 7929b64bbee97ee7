/**
 * The guard of all connections that callers and workloads cause, tried with every way to write or to come to a private address: by
 * probes and by webhooks, through the real code, against a canary that counts who reaches it.
 */
import dns from 'node:dns';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { GuardedConnections } from '../../src/outbound/guarded-connections.js';
import { NetworkProber } from '../../src/outbound/network-prober.driver.js';
import { systemClock } from '../../src/time/clock.js';
import { DeliverySender } from '../../src/webhooks/delivery/send-delivery.js';
import { LOOPBACK_HOSTS, PRIVATE_ADDRESSES } from '../support/private-destinations.js';

/** As long as any test waits: nothing here is judged by it. */
const TIMEOUT_SECONDS = 600;
/** Stands for a public address: the operator allows it, and nothing else. */
const ALLOWED = '127.66.0.9';
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** Of each family one, on the same port. */
const canaries: net.Server[] = [];
let redirecting: http.Server;
let port: number;
let reached = 0;
let location = '';
let redirected = 0;

const listen = (server: net.Server, at: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(at, host, resolve);
  });

beforeAll(async () => {
  redirecting = http.createServer((_, response) => {
    redirected += 1;
    response.writeHead(302, { location }).end();
  });
  await listen(redirecting, 0, ALLOWED);
  ({ port } = redirecting.address() as AddressInfo);
  for (const host of ['127.0.0.1', '127.0.0.3', '::1']) {
    const canary = http.createServer((_, response) => response.end('the canary'));
    canary.on('connection', () => {
      reached += 1;
    });
    await listen(canary, port, host);
    canaries.push(canary);
  }
});
afterAll(() => {
  for (const server of [...canaries, redirecting]) server.close();
});
beforeEach(() => {
  reached = 0;
});

/** Names of a zone whose owner is the attacker. Each look-up takes the next answer; the last one stays. */
const zone = new Map<string, string[][]>();
const lookup: net.LookupFunction = (host, options, callback) => {
  const answers = zone.get(host);
  if (!answers) {
    // names of the machine and numbers, which need no name server; others are unknown
    if (/^(localhost\.?|[0-9a-fx.:]+)$/i.test(host)) dns.lookup(host, options, callback);
    else callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), [], undefined);
    return;
  }
  const [addresses = []] = answers.length > 1 ? answers.splice(0, 1) : answers;
  const found = addresses.map((address) => ({ address, family: net.isIP(address) }));
  const [first] = found;
  if (options.all) callback(null, found);
  else callback(null, first?.address ?? '', first?.family);
};

const guarded = new GuardedConnections([ALLOWED], lookup);
/** Without a guard in effect: what the same code would reach. */
const open = new GuardedConnections(['0.0.0.0/0', '::/0'], lookup);

const probe = (connections: GuardedConnections, url: string) =>
  new NetworkProber(connections).probe({
    type: 'http',
    port: 8080,
    url,
    accept: [{ from: 200, to: 299 }],
    timeoutSeconds: TIMEOUT_SECONDS,
  });
const probeTcp = (connections: GuardedConnections, host: string) =>
  new NetworkProber(connections).probe({ type: 'tcp', port: 22, host, tcpPort: port, timeoutSeconds: TIMEOUT_SECONDS });
const deliver = (connections: GuardedConnections, url: string) =>
  new DeliverySender(connections, systemClock, () => 0).attempt({
    url,
    secrets: [SECRET],
    delivery: { id: 'dlv_1', body: '{}', attempts: 0 },
    signal: new AbortController().signal,
  });

const withBrackets = (address: string): string => (net.isIPv6(address) ? `[${address}]` : address);
const urlsOf = (host: string): string[] => [
  `http://${host}:${port}/`,
  `http://user:pass@${host}:${port}/x?y`,
  `http://hooks.example.com@${host}:${port}/`,
];
const URLS = (): string[] => [
  ...LOOPBACK_HOSTS.flatMap(urlsOf),
  ...LOOPBACK_HOSTS.map((host) => `https://${host}:${port}/`),
  ...PRIVATE_ADDRESSES.map((address) => `http://${withBrackets(address)}:${port}/`),
];

/** Both ways through the real code. A URL that is no URL at all is refused there too. */
const tryBoth = async (connections: GuardedConnections, url: string): Promise<boolean[]> => {
  const probed = await probe(connections, url).then(
    ({ ok }) => ok,
    () => false,
  );
  return [probed, (await deliver(connections, url)).state === 'delivered'];
};

it('no way to write a private address leads to it', async () => {
  const urls = URLS();
  for (const url of urls) expect(await tryBoth(guarded, url), url).toEqual([false, false]);
  for (const host of [...LOOPBACK_HOSTS.map((name) => name.replace(/^\[|\]$/g, '')), ...PRIVATE_ADDRESSES])
    expect(await probeTcp(guarded, host), host).toMatchObject({ ok: false });
  expect(reached).toBe(0);
  expect(urls.length).toBeGreaterThan(200);
  // the same by hand-made rules that allow everything: many of them do lead there
  for (const host of LOOPBACK_HOSTS.slice(0, 24)) await tryBoth(open, `http://${host}:${port}/`);
  expect(reached).toBeGreaterThan(40);
  console.log(`FIGURE ${urls.length} URLs of private addresses: 0 connections by probes and webhooks`);
});

it('no name leads to a private address, whatever its owner answers', async () => {
  PRIVATE_ADDRESSES.forEach((address, index) => {
    zone.set(`one-${index}.test`, [[address]]);
    zone.set(`beside-${index}.test`, [[ALLOWED, address]]);
    zone.set(`before-${index}.test`, [[address, ALLOWED]]);
  });
  for (const name of zone.keys()) {
    expect(await tryBoth(guarded, `http://${name}:${port}/`), name).toEqual([false, false]);
    expect(await probeTcp(guarded, name), name).toMatchObject({ ok: false });
  }
  expect(reached).toBe(0);
  expect(redirected).toBe(0);
});

it('a name that changes between two look-ups is judged at each connection', async () => {
  location = `http://127.0.0.1:${port}/`;
  zone.set('rebinding.test', [[ALLOWED], ['127.0.0.1']]);
  await probe(guarded, `http://rebinding.test:${port}/`);
  expect(redirected).toBe(1);
  for (let times = 0; times < 3; times++) await tryBoth(guarded, `http://rebinding.test:${port}/`);
  expect([reached, redirected]).toEqual([0, 1]);
});

it.each(['http://127.0.0.1', 'http://[::1]', 'http://localhost', '//127.0.0.1'])(
  'a redirect to %s is not followed, and is no success',
  async (target) => {
    redirected = 0;
    location = `${target}:${port}/`;
    expect(await tryBoth(guarded, `http://${ALLOWED}:${port}/`)).toEqual([false, false]);
    expect([reached, redirected]).toEqual([0, 2]);
  },
);

it('a refusal does not tell which address a name has', async () => {
  zone.set('secret.test', [['10.11.12.13']]);
  const { last } = await deliver(guarded, `http://secret.test:${port}/`);
  expect(last.error).toBe('the address is not public, and the operator does not allow it');
});
