/** Traces, as a collector sees them: from the request of a caller through the job to what was asked of Novita. */
import { createServer, type IncomingHttpHeaders, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { NovitaSimulator } from '../novita-simulator/novita-simulator.js';
import { ApiClient } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { type ExportedSpan, OtlpCollector } from '../support/otlp-collector.js';
import { QUICK } from '../support/running-app.js';
import { ServiceProcess } from '../support/service-process.js';
import { createTestDatabase } from '../support/test-database.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const TRACEPARENT = { traceparent: `00-${TRACE}-${CALLER}-01` };
const [SERVER, CLIENT, CONSUMER] = [2, 3, 5];

let novita: NovitaSimulator;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let collector: OtlpCollector;
let service: ServiceProcess | null = null;

/** The headers of every request to Novita, taken down on the way. */
const toldToNovita: IncomingHttpHeaders[] = [];
const onTheWay = createServer((incoming, answer) => {
  toldToNovita.push(incoming.headers);
  const { method, headers } = incoming;
  const onward = ask(new URL(incoming.url ?? '', novita.baseUrl), { method, headers }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(answer);
  });
  onward.on('error', () => answer.destroy());
  incoming.pipe(onward);
});

beforeAll(async () => {
  novita = await NovitaSimulator.start(QUICK);
  database = await createTestDatabase();
  collector = await OtlpCollector.start();
  await new Promise<void>((resolve) => onTheWay.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await service?.end('SIGKILL');
  service = null;
});
afterAll(async () => {
  await collector.stop();
  onTheWay.closeAllConnections();
  onTheWay.close();
  await database.drop();
  await novita.stop();
});

const start = async (environment: Record<string, string>): Promise<ServiceProcess> => {
  service = await ServiceProcess.start({
    LOG_LEVEL: 'info',
    NODE_ENV: 'test',
    NOVITA_API_KEY: 'sk-of-a-test',
    NOVITA_API_BASE_URL: `http://127.0.0.1:${(onTheWay.address() as AddressInfo).port}${new URL(novita.baseUrl).pathname}`,
    NOVITA_REQUESTS_PER_MINUTE: '6000',
    DATABASE_URL: database.url,
    PROBE_ALLOW_ADDRESSES: '127.0.0.1',
    ...environment,
  });
  return service;
};

/** The files that Node ran, as it tells when it ends. */
const filesRunBy = async (environment: Record<string, string>): Promise<string[]> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'novitai-traces-'));
  const running = await start({ ...environment, NODE_V8_COVERAGE: folder });
  expect(await running.end('SIGTERM')).toBe(0);
  const files = await Promise.all((await readdir(folder)).map((name) => readFile(path.join(folder, name), 'utf8')));
  await rm(folder, { recursive: true });
  const scripts = files.flatMap((file) => (JSON.parse(file) as { result: { url: string }[] }).result);
  return scripts.map(({ url }) => url).filter((url) => url.startsWith('file:'));
};

const partsOfOpenTelemetry = (files: string[]): Set<string> =>
  new Set(files.flatMap((file) => /@opentelemetry\/([^/]+)/.exec(file)?.[1] ?? []));

const linesOf = ({ log }: ServiceProcess): Record<string, unknown>[] =>
  log
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const childrenOf = (spans: ExportedSpan[], { spanId }: ExportedSpan): ExportedSpan[] =>
  spans.filter((span) => span.parentSpanId === spanId);

describe('with a collector', () => {
  it('one trace leads from the caller through the request, the job and its steps to each call of Novita', async () => {
    const running = await start({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=let%20me%20in',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=testing',
    });
    const api = new ApiClient(running.url);
    // nothing is bought before the fleet has been seen
    await api.create({ name: 'first' });
    await api.until('first', 'ready');
    expect((await api.create({ name: 'traced' }, TRACEPARENT)).status).toBe(202);
    await api.until('traced', 'ready');
    await fetch(`${running.url}/api/instances/nobody?secret=1`);
    expect(await running.end('SIGTERM')).toBe(0);

    const ofCaller = collector.spans.filter(({ traceId }) => traceId === TRACE);
    const request = ofCaller.find(({ kind }) => kind === SERVER);
    expect(request).toMatchObject({
      name: 'POST /api/instances',
      parentSpanId: CALLER,
      status: { code: 0 },
      attributes: { 'http.request.method': 'POST', 'http.route': '/api/instances', 'http.response.status_code': 202 },
    });
    if (!request) return;
    const [job] = childrenOf(ofCaller, request).filter(({ kind }) => kind === CONSUMER);
    expect(job).toMatchObject({
      name: 'process reconcile-instance',
      attributes: { 'messaging.destination.name': 'reconcile-instance', 'novitai.job.retry_count': 0 },
    });
    if (!job) return;
    const placing = childrenOf(ofCaller, job).find(({ name }) => name === 'reconcile place');
    expect(placing?.attributes['novitai.instance.id']).toBe(job.attributes['novitai.job.key']);
    if (!placing) return;
    const create = childrenOf(ofCaller, placing).find(({ name }) => name === 'novita create');
    expect(create).toMatchObject({
      kind: CLIENT,
      status: { code: 0 },
      attributes: {
        'http.request.method': 'POST',
        'http.response.status_code': 200,
        'server.address': '127.0.0.1',
        'novitai.novita.operation': 'create',
        'novitai.novita.outcome': 'answered',
      },
    });

    // a timer's reconcile begins a trace of its own
    const byTimer = collector.spans.filter(({ kind, parentSpanId }) => kind === CONSUMER && parentSpanId === undefined);
    expect(byTimer.length).toBeGreaterThan(0);
    // a template, never a path
    expect(collector.spans.map(({ name }) => name)).toContain('GET /api/instances/:instance');
    expect(collector.text).not.toMatch(/nobody|secret=1/);
    // as the SDK reads its variables
    expect(collector.headers[0]).toMatchObject({ 'x-collector-key': 'let me in' });
    expect(collector.resources[0]).toMatchObject({
      'service.name': 'novitai',
      'deployment.environment.name': 'testing',
    });

    const lines = linesOf(running);
    expect(lines.find(({ msg, trace_id }) => msg === 'request' && trace_id === TRACE)).toMatchObject({
      method: 'POST',
      route: '/api/instances',
      span_id: request.spanId,
    });
    expect(lines.find(({ step, trace_id }) => step === 'place' && trace_id === TRACE)).toMatchObject({
      span_id: job.spanId,
    });
  });

  it('Novita is told of no trace', () => {
    expect(novita.count('createInstance')).toBeGreaterThan(0);
    expect(toldToNovita.length).toBeGreaterThan(0);
    for (const headers of toldToNovita) expect(headers).not.toHaveProperty('traceparent');
  });
});

describe('a collector that is away', () => {
  it('that takes an export and never answers holds up no request and no exit', async () => {
    let exports = 0;
    const silent = createServer(() => (exports += 1));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    try {
      const running = await start({
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
        // longer than a test waits
        OTEL_EXPORTER_OTLP_TIMEOUT: '3600000',
        OTEL_BSP_SCHEDULE_DELAY: '100',
        SHUTDOWN_GRACE_SECONDS: '10',
      });
      await eventually('an export hangs', async () => {
        await fetch(`${running.url}/api/instances`);
        return exports > 0;
      });
      expect((await fetch(`${running.url}/api/instances`)).status).toBe(200);
      expect(await running.end('SIGTERM')).toBe(0);
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });

  it('is told of once, is used when it comes, and that is told of once too', async () => {
    const port = await freePort();
    const running = await start({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `http://127.0.0.1:${port}/v1/traces`,
      OTEL_EXPORTER_OTLP_TIMEOUT: '300',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      SHUTDOWN_GRACE_SECONDS: '10',
    });
    const told = (what: RegExp): number => linesOf(running).filter(({ msg }) => what.test(String(msg))).length;
    const exportUntil = (event: string, look: () => boolean): Promise<boolean> =>
      eventually(event, async () => {
        await fetch(`${running.url}/api/instances`);
        return look();
      });
    await exportUntil('it is told', () => told(/cannot be exported/) > 0);

    // now it is there and takes nothing, so that what it was asked in vain can be counted
    let refused = 0;
    const refusing = createServer((_request, answer) => {
      refused += 1;
      answer.writeHead(400).end();
    });
    await new Promise<void>((resolve) => refusing.listen(port, '127.0.0.1', resolve));
    await exportUntil('it refused again and again', () => refused > 3);
    refusing.closeAllConnections();
    await new Promise((resolve) => refusing.close(resolve));
    expect(told(/exported again/)).toBe(0);

    const late = await OtlpCollector.start(port);
    await exportUntil('that it is back is told', () => told(/exported again/) > 0);
    const spans = late.spans.length;
    expect(spans).toBeGreaterThan(0);
    await exportUntil('it gets more', () => late.spans.length > spans);
    expect(await running.end('SIGTERM')).toBe(0);
    await late.stop();
    expect([told(/cannot be exported/), told(/exported again/)]).toEqual([1, 1]);
  });
});

describe('without a collector', () => {
  it.each([
    ['by default', () => ({})],
    ['when told so', () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SDK_DISABLED: 'true' })],
  ])('nothing of the SDK is loaded, and nothing sent (%s)', async (_case, environment) => {
    const before = collector.text;
    const files = await filesRunBy(environment());
    expect([...partsOfOpenTelemetry(files)]).toEqual(['api']);
    expect(collector.text).toBe(before);
  });

  it('and with one it is', async () => {
    const files = await filesRunBy({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    expect([...partsOfOpenTelemetry(files)]).toContain('sdk-trace');
  });
});
