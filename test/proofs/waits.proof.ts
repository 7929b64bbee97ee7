/**
 * Clients that wait: 2,000 for an instance and 500 for events, on one replica. How much memory does each take, how soon does a change reach
 * them all, and does the database notice them? Then clients that follow the events of a service that is killed again and again.
 */
import { once } from 'node:events';
import http from 'node:http';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../support/api-client.js';
import { EventStreamClient } from '../support/event-stream-client.js';
import { eventually } from '../support/eventually.js';
import { Latencies } from '../support/figure.js';
import { imageEnvironment } from '../support/image-environment.js';
import { leanRequest } from '../support/lean-http.js';
import { atPace } from '../support/pace.js';
import type { ServiceProcess } from '../support/service-process.js';
import { ServiceStage } from '../support/service-stage.js';

const WAITS = Number(process.env['OPEN_WAITS'] ?? 2_000);
const STREAMS = Number(process.env['OPEN_STREAMS'] ?? 500);
const CHANGES = 5;
/** So many connections are opened at once: a machine that does much else must not be late with the headers of any. */
const AT_ONCE = 100;
const WARM_UP = 2_000;
const COUNTED_SECONDS = 20;
const KILLS = 10;
const FOLLOWERS = 10;
const COMMANDS_PER_SECOND = 20;

let stage: ServiceStage;
let sql: Client;
const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });

const startService = (port?: string): Promise<ServiceProcess> =>
  stage.start({
    ...imageEnvironment(),
    // instances wait, and a stop is done as soon as it is written
    CREATES_ENABLED: 'false',
    ...(port !== undefined && { PORT: port }),
  });

beforeAll(async () => {
  stage = await ServiceStage.begin();
  sql = new Client({ connectionString: stage.databaseUrl });
  await sql.connect();
});
afterAll(async () => {
  agent.destroy();
  await sql.end();
  await stage.end();
});

describe(`${WAITS} waits and ${STREAMS} streams on one replica`, () => {
  let service: ServiceProcess;
  let api: ApiClient;
  const streams: EventStreamClient[] = [];

  beforeAll(async () => {
    service = await startService();
    api = new ApiClient(service.url);
    await api.create({ name: 'one' });
    const get = () => leanRequest(`${service.url}/api/instances/one`, { agent });
    for (let asked = 0; asked < WARM_UP; asked += 50) await Promise.all(Array.from({ length: 50 }, get));
  });
  afterAll(async () => {
    for (const stream of streams) stream.close();
    await service.end('SIGKILL');
  });

  const openWaits = async (): Promise<number> =>
    Number(/^novitai_open_waits (\d+)$/m.exec(await (await fetch(`${service.url}/metrics`)).text())?.[1]);
  const wait = (goal: 'ready' | 'stopped', generation: number) =>
    leanRequest(`${service.url}/api/instances/one/wait?for=${goal}&generation=${generation}&timeout=300`, { agent });
  const beginWaits = async (generation: number): Promise<Promise<{ status: number }>[]> => {
    const waits: Promise<{ status: number }>[] = [];
    const early: unknown[] = [];
    const isEarly = (what: unknown): void => void early.push(what);
    while (waits.length < WAITS) {
      const some = Array.from({ length: Math.min(AT_ONCE, WAITS - waits.length) }, () => wait('stopped', generation));
      // before the change no answer is due
      for (const answer of some) answer.then(isEarly, isEarly);
      waits.push(...some);
      await eventually('all wait', async () => {
        if (early.length > 0) throw new Error(`a wait has ended: ${JSON.stringify(early[0])} ${String(early[0])}`);
        return (await openWaits()) === waits.length;
      });
    }
    return waits;
  };

  /** Transactions of the database a second. Most statements of the service are transactions of their own. */
  const transactionsPerSecond = async (): Promise<number> => {
    const count = async () => {
      const { rows } = await sql.query<{ count: string; seconds: string }>(
        `SELECT xact_commit + xact_rollback AS count, extract(epoch FROM clock_timestamp()) AS seconds
         FROM pg_stat_database WHERE datname = current_database()`,
      );
      return { count: Number(rows[0]?.count), seconds: Number(rows[0]?.seconds) };
    };
    const before = await count();
    const after = await eventually('the time is over', async () => {
      const now = await count();
      return now.seconds - before.seconds >= COUNTED_SECONDS && now;
    });
    return (after.count - before.count) / (after.seconds - before.seconds);
  };

  it('cost little memory and no statements, and a change reaches them all', async () => {
    const statementsBefore = await transactionsPerSecond();
    const memory = [await service.memoryMb()];
    let waits = await beginWaits(2);
    memory.push(await service.memoryMb());
    for (let at = 0; at < STREAMS; at++) {
      streams.push(
        await EventStreamClient.open(`${service.url}/api/events/stream?type=instance.stop_requested`, {}, { agent }),
      );
    }
    memory.push(await service.memoryMb());
    const statementsWith = await transactionsPerSecond();
    const [empty = 0, waiting = 0, full = 0] = memory;
    console.log(
      `FIGURE memory: ${empty.toFixed(0)} MB without clients, ${(((waiting - empty) * 1024) / WAITS).toFixed(0)} KB for each of ${WAITS} waits, ` +
        `${(((full - waiting) * 1024) / STREAMS).toFixed(0)} KB for each of ${STREAMS} streams, ${full.toFixed(0)} MB in all`,
    );
    console.log(
      `FIGURE transactions of the database: ${statementsBefore.toFixed(1)} a second without clients, ${statementsWith.toFixed(1)} with them`,
    );
    for (let change = 1; change <= CHANGES; change++) {
      const waited = new Latencies();
      const streamed = new Latencies();
      const reached = [
        ...waits.map((answer) => waited.measure(() => answer)),
        ...streams.map((stream) => streamed.measure(() => nextEvent(stream))),
      ];
      const commanded = new Latencies();
      const { body } = await commanded.measure(() => api.ask('one', 'stop'));
      const answers = await Promise.all(reached);
      expect(new Set(answers.map((answer) => ('status' in answer ? answer.status : answer.data['seq'])))).toHaveLength(
        2,
      );
      console.log(
        `FIGURE change ${change}: the command took ${commanded.longest}; from its sending ${WAITS} waits were answered within ${waited.at(0.95)} ` +
          `(longest ${waited.longest}), ${STREAMS} streams had it within ${streamed.at(0.95)} (longest ${streamed.longest})`,
      );
      await api.ask('one', 'start');
      if (change < CHANGES) waits = await beginWaits(body.generation + 2);
    }
    console.log(`FIGURE memory after ${CHANGES} changes: ${(await service.memoryMb()).toFixed(0)} MB`);
    expect(await openWaits()).toBe(0);
  });

  const nextEvent = async (stream: EventStreamClient) => {
    const at = stream.events.length;
    while (stream.events.length === at) await once(stream.answer, 'data');
    const event = stream.events[at];
    if (!event) throw new Error('no event');
    return event;
  };
});

describe(`${FOLLOWERS} followers of a service that is killed ${KILLS} times`, () => {
  /** Follows by Last-Event-ID, through whatever happens to the service. */
  class FollowingClient {
    readonly ids: string[] = [];
    reconnects = -1;
    resyncs = 0;
    private lastEventId: string;
    private isOver = false;
    private current: EventStreamClient | null = null;
    readonly ended: Promise<void>;

    constructor(
      private readonly url: string,
      from: string,
    ) {
      this.lastEventId = from;
      this.ended = this.follow();
    }

    stop(): void {
      this.isOver = true;
      this.current?.close();
    }

    has(id: string): boolean {
      return this.ids.includes(id) || (this.current?.events.some((event) => event.id === id) ?? false);
    }

    get isConnected(): boolean {
      return this.current !== null && !this.current.hasEnded;
    }

    private async follow(): Promise<void> {
      while (!this.isOver) {
        const stream = await eventually('the service answers', () =>
          EventStreamClient.open(`${this.url}/api/events/stream`, { 'last-event-id': this.lastEventId }).catch(
            () => null,
          ),
        );
        this.reconnects += 1;
        this.current = stream;
        // an error of the connection is its end
        if (!stream.hasEnded) await once(stream.answer, 'close').catch(() => undefined);
        this.lastEventId = stream.lastEventId || this.lastEventId;
        this.ids.push(...stream.events.filter(({ type }) => type !== 'resync').map(({ id }) => id));
        this.resyncs += stream.events.filter(({ type }) => type === 'resync').length;
      }
    }
  }

  it('miss nothing and get nothing twice', async () => {
    const writer = await startService();
    let service = await startService();
    const { port } = new URL(service.url);
    const api = new ApiClient(writer.url);
    const names = Array.from({ length: 40 }, (_, at) => `written-${at}`);
    for (const name of names) await api.create({ name });
    const newest = await sql.query<{ position: string }>('SELECT max(position) AS position FROM events');
    const from = `evt_${newest.rows[0]?.position ?? ''}`;
    const clients = Array.from({ length: FOLLOWERS }, () => new FollowingClient(service.url, from));

    const over = new AbortController();
    let given = 0;
    const under = new Set<Promise<unknown>>();
    const writing = atPace(
      COMMANDS_PER_SECOND,
      () => {
        const turn = given++;
        const command = api.ask(
          names[turn % names.length] ?? '',
          Math.floor(turn / names.length) % 2 === 0 ? 'stop' : 'start',
        );
        under.add(command.finally(() => under.delete(command)));
      },
      over.signal,
    );
    for (let kill = 0; kill < KILLS; kill++) {
      await eventually('all are connected', () => clients.every(({ isConnected }) => isConnected));
      const already = given;
      await eventually('more is written', () => given > already + COMMANDS_PER_SECOND);
      await service.end('SIGKILL');
      service = await startService(port);
    }
    await eventually('all are connected', () => clients.every(({ isConnected }) => isConnected));
    over.abort();
    await writing;
    await Promise.allSettled([...under]);
    await writer.end('SIGKILL');
    const { rows } = await sql.query<{ position: string }>(
      'SELECT position FROM events WHERE position > $1 ORDER BY position',
      [from.slice(4)],
    );
    const written = rows.map(({ position }) => `evt_${position}`);
    // the service may write some more: it reconciles
    await eventually('the last ones are there', () => clients.every((client) => client.has(written.at(-1) ?? '')));
    for (const client of clients) client.stop();
    await Promise.all(clients.map(({ ended }) => ended));
    await service.end('SIGKILL');

    const last = written.at(-1) ?? '';
    let missed = 0;
    let repeated = 0;
    for (const { ids } of clients) {
      const got = ids.filter((id) => id <= last);
      missed += written.length - new Set(got).size;
      repeated += got.length - new Set(got).size;
      expect(got).toEqual([...got].sort());
    }
    const reconnects = clients.reduce((sum, client) => sum + client.reconnects, 0);
    const resyncs = clients.reduce((sum, client) => sum + client.resyncs, 0);
    console.log(
      `FIGURE ${FOLLOWERS} followers, ${KILLS} kills of the service, ${given} commands: ${written.length} events for each; ` +
        `${reconnects} reconnects by Last-Event-ID, ${missed} events missed, ${repeated} repeated, ${resyncs} resyncs`,
    );
    expect([missed, repeated, resyncs]).toEqual([0, 0, 0]);
    expect(reconnects).toBeGreaterThanOrEqual(KILLS * FOLLOWERS);
  });
});
