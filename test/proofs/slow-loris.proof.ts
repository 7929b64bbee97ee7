/**
 * Five hundred clients that send a byte a second, each with a connection of its own ("slow loris"): others are served meanwhile, and the
 * slow ones are cut. The service is a real process with production's settings of memory.
 */
import http from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { beginFigure, Latencies } from '../support/figure.js';
import { imageEnvironment } from '../support/image-environment.js';
import { leanRequest } from '../support/lean-http.js';
import { atPace } from '../support/pace.js';
import type { ServiceProcess } from '../support/service-process.js';
import { ServiceStage } from '../support/service-stage.js';

const SLOW = 500;
const BYTES_PER_SECOND = 1;
const REQUESTS_PER_SECOND = 20;
const REQUESTS_ALONE = 200;

let stage: ServiceStage;
let service: ServiceProcess;
const agent = new http.Agent({ keepAlive: true, maxSockets: 20 });

beforeAll(async () => {
  stage = await ServiceStage.begin();
  service = await stage.start({
    ...imageEnvironment(),
  });
});
afterAll(async () => {
  agent.destroy();
  await stage.end();
});

/** Requests of others, at a steady pace. */
const others = () => {
  const latencies = new Latencies();
  const wrong: string[] = [];
  const over = new AbortController();
  const underWay = new Set<Promise<void>>();
  let asked = 0;
  const ask = async (path: string): Promise<void> => {
    const { status } = await latencies.measure(() => leanRequest(service.url + path, { agent, method: 'GET' }));
    if (status !== 200) wrong.push(`${path}: ${status}`);
  };
  const flowing = atPace(
    REQUESTS_PER_SECOND,
    () => {
      const path = asked++ % 2 === 0 ? '/api/instances' : '/health/ready';
      const asking = ask(path).catch((error: unknown) => void wrong.push(`${path}: ${String(error)}`));
      underWay.add(asking);
      void asking.finally(() => underWay.delete(asking));
    },
    over.signal,
  );
  return {
    latencies,
    wrong,
    count: () => asked,
    end: async () => {
      over.abort();
      await flowing;
      await Promise.all(underWay);
    },
  };
};

/** A third dribbles its headers, a third its body, and a third sends nothing at all. */
const BEGINNINGS = [
  'GET /api/instances HTTP/1.1\r\nHost: localhost\r\nX-Slow: ',
  'POST /api/instances HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n',
  '',
];

interface Slow {
  socket: Socket;
  kind: number;
  isCut: boolean;
}

const beSlow = (kind: number): Slow => {
  const { hostname, port } = new URL(service.url);
  const slow: Slow = { socket: connect({ host: hostname, port: Number(port) }), kind, isCut: false };
  slow.socket.on('error', () => undefined);
  slow.socket.once('close', () => (slow.isCut = true));
  slow.socket.resume();
  if (BEGINNINGS[kind]) slow.socket.write(BEGINNINGS[kind]);
  return slow;
};

it(`${SLOW} slow clients keep nobody from being served, and are cut`, async () => {
  const alone = others();
  await eventually('others were served alone', () => alone.count() >= REQUESTS_ALONE);
  await alone.end();
  const memoryBefore = await service.memoryMb();

  const beside = others();
  const figure = beginFigure();
  const slow = Array.from({ length: SLOW }, (_, at) => beSlow(at % BEGINNINGS.length));
  const dribbling = new AbortController();
  const dribble = atPace(
    BYTES_PER_SECOND,
    () => {
      for (const { socket, kind, isCut } of slow) if (!isCut && BEGINNINGS[kind]) socket.write('x');
    },
    dribbling.signal,
  );
  await eventually('they are all connected', () => slow.every(({ socket, isCut }) => isCut || !socket.connecting));
  const memoryBeside = await service.memoryMb();
  for (const [kind, what] of ['headers', 'a body', 'nothing'].entries()) {
    await eventually(`those that send ${what} slowly are cut`, () =>
      slow.every(({ isCut, kind: own }) => isCut || own !== kind),
    );
    figure((seconds) => `slow loris: all that send ${what} slowly are cut ${seconds} s after they came`);
  }
  dribbling.abort();
  await dribble;
  await beside.end();

  expect([...alone.wrong, ...beside.wrong]).toEqual([]);
  expect(slow.filter(({ isCut }) => !isCut)).toEqual([]);
  console.log(
    `FIGURE slow loris: beside ${SLOW} of them ${beside.count()} of ${beside.count()} requests of others are served, ${String(beside.latencies)}; ` +
      `alone ${String(alone.latencies)}; resident ${memoryBefore.toFixed(0)} MB before, ${memoryBeside.toFixed(0)} MB with them`,
  );
});
