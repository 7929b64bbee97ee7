/** What a workload may answer to a probe: it is a container of anybody's, and must not keep us waiting whatever it says. */
import type { ProbeTarget } from '../../src/outbound/probe.js';
import net from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { inWords } from '../support/in-words.js';
import { GuardedConnections } from '../../src/outbound/guarded-connections.js';
import { NetworkProber } from '../../src/outbound/network-prober.driver.js';

/** Of a probe that is answered: no test waits for it. */
const TIMEOUT_SECONDS = 600;
/** Of a probe that never is. */
const SILENT_SECONDS = 1;

let server: net.Server | null = null;
afterEach(() => {
  server?.close();
  for (const socket of sockets.splice(0)) socket.destroy();
});
const sockets: net.Socket[] = [];

/** Answers the first bytes of a connection so. */
const listen = async (answer: (socket: net.Socket) => void): Promise<number> => {
  server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => answer(socket));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return (server.address() as net.AddressInfo).port;
};
const says = (text: string) => (socket: net.Socket) => void socket.write(text);
const saysAndEnds = (text: string) => (socket: net.Socket) => void socket.end(text);

const target = (port: number, accept = [{ from: 200, to: 399 }], timeoutSeconds = TIMEOUT_SECONDS): ProbeTarget => ({
  type: 'http',
  port: 8080,
  url: `http://127.0.0.1:${port}/`,
  timeoutSeconds,
  accept,
});
const probe = (wanted: ProbeTarget, allowed = ['127.0.0.1'], hangUpMs?: number) =>
  new NetworkProber(new GuardedConnections(allowed), hangUpMs).probe(wanted);

const UPGRADE = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

it.each<[what: string, answer: (socket: net.Socket) => void, why: RegExp | null]>([
  ['a good answer', says('HTTP/1.1 204 No Content\r\n\r\n'), null],
  ['a good answer whose body never ends', says('HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\nx'), null],
  ['a bad answer', says('HTTP/1.1 503 Later\r\ncontent-length: 0\r\n\r\n'), /^GET \/\S* at port 8080: HTTP 503$/],
  ['another protocol', says(UPGRADE), /HTTP 101/],
  ['another protocol, and the end', saysAndEnds(UPGRADE), /HTTP 101/],
  ['an interim answer without end', says('HTTP/1.1 103 Early Hints\r\n\r\n'), /no answer within 1 s/],
  ['half a header', says('HTTP/1.1 200'), /no answer within 1 s/],
  ['half a header, and the end', saysAndEnds('HTTP/1.1 200'), /port 8080: ./],
  ['the end', (socket) => socket.end(), /port 8080: ./],
  ['a reset', (socket) => socket.resetAndDestroy(), /port 8080: ./],
  ['no HTTP', saysAndEnds('SSH-2.0-OpenSSH_9.2\r\n'), /port 8080: ./],
  ['silence', () => undefined, /no answer within 1 s/],
])('%s', async (_, answer, why) => {
  const isSilent = why?.source.startsWith('no answer within') === true;
  const seconds = isSilent ? SILENT_SECONDS : TIMEOUT_SECONDS;
  const result = await probe(target(await listen(answer), undefined, seconds));
  expect(inWords(result)).toEqual(why ? { ok: false, why: expect.stringMatching(why) as string } : { ok: true });
});

it('another protocol is an answer for who accepts 101', async () => {
  expect(await probe(target(await listen(says(UPGRADE)), [{ from: 101, to: 101 }]))).toEqual({ ok: true });
});

it('nobody there, and an address that is nobody’s business', async () => {
  const port = await listen(() => undefined);
  expect(await probe(target(port), [])).toMatchObject({ ok: false });
  server?.close();
  expect(await probe(target(port))).toMatchObject({ ok: false });
});

it('a bare connection counts while it stays, and not when it is hung up on', async () => {
  const tcp = (port: number): ProbeTarget => ({
    type: 'tcp',
    port: 22,
    host: '127.0.0.1',
    tcpPort: port,
    timeoutSeconds: TIMEOUT_SECONDS,
  });
  const stays = net.createServer((socket) => sockets.push(socket));
  const hangsUp = net.createServer((socket) => socket.end());
  try {
    for (const one of [stays, hangsUp]) await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
    const portOf = (one: net.Server): number => (one.address() as net.AddressInfo).port;
    expect(await probe(tcp(portOf(stays)))).toEqual({ ok: true });
    // the end comes before the moment is over, however slow the machine
    expect(await probe(tcp(portOf(hangsUp)), ['127.0.0.1'], 600_000)).toEqual({
      ok: false,
      why: 'port 22 accepts and hangs up',
    });
  } finally {
    stays.close();
    hangsUp.close();
  }
});
