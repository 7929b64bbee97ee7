/** The JSON metrics and those of Prometheus, which are the same counts in two shapes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startApp, type RunningApp } from '../support/running-app.js';

interface Report {
  requests: {
    total: { count: number };
    byEndpoint: Record<string, { count: number; statusCodes: Record<string, number> }>;
  };
  jobs: { total: { processed: number }; byType: Record<string, { processed: number; queueSize: number | null }> };
  cache: { hits: number; misses: number; hitRatio: number; totalSize: number };
  errors: { ratePercent: number; byType: Record<string, number> };
  trends: Record<'1m' | '5m' | '15m', { requestsPerMinute: number }>;
}

describe('metrics', () => {
  let app: RunningApp;

  beforeAll(async () => {
    app = await startApp();
  });

  afterAll(() => app.stop());

  const get = (path: string) => fetch(`${app.url}${path}`);
  const data = async <T = Report>(path = '/api/metrics'): Promise<T> => {
    const body = (await (await get(path)).json()) as { status: string; timestamp: string; data: T };
    expect(body).toMatchObject({ status: 'success', timestamp: expect.stringMatching(/Z$/) as string });
    return body.data;
  };
  const reset = async (): Promise<void> => {
    const answer = await fetch(`${app.url}/api/metrics/reset`, { method: 'POST' });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ status: 'success', message: expect.any(String) as string });
  };
  /** Over all samples of this name with these labels. */
  const prometheus = async (name: string, ...labels: string[]): Promise<number> =>
    (await (await get('/metrics')).text())
      .split('\n')
      .filter(
        (line) =>
          ['{', ' '].some((next) => line.startsWith(name + next)) && labels.every((label) => line.includes(label)),
      )
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);

  it('count each request under its route template, and tell Prometheus the same', async () => {
    const route = 'route="/api/instances/:instance"';
    const before = await prometheus('http_requests_total', route, 'status="404"');
    await reset();
    for (let index = 0; index < 7; index++) await get(`/api/instances/nobody-${index}`);
    await get('/no/such/path');
    const { requests, errors } = await data();
    expect(requests.byEndpoint['GET /api/instances/:instance']).toMatchObject({
      count: 7,
      statusCodes: { '404': 7 },
      averageDuration: expect.any(Number) as number,
      lastRequest: expect.stringMatching(/Z$/) as string,
    });
    expect(requests.byEndpoint['GET none']).toMatchObject({ count: 1 });
    expect(Object.keys(requests.byEndpoint).join()).not.toContain('nobody');
    expect(errors).toMatchObject({ ratePercent: 0, byType: { INSTANCE_NOT_FOUND: 7 } });
    expect((await prometheus('http_requests_total', route, 'status="404"')) - before).toBe(7);
  });

  it('count jobs and the cache, and how much waits', async () => {
    await app.api.create({ name: 'counted' });
    await app.api.until('counted', 'ready');
    // what was asked too long ago is no hit
    await eventually('an answer comes from the cache', async () => {
      await get('/api/offers');
      return (await prometheus('novitai_cache_questions_total', 'outcome="hit"')) >= 1;
    });
    // what only the database knows is left out while it is slow to answer
    const { jobs, cache } = await eventually('the queue is counted', async () => {
      const seen = await data();
      return typeof seen.jobs.byType['reconcile-instance']?.queueSize === 'number' && seen;
    });
    expect(jobs.byType['reconcile-instance']?.processed).toBeGreaterThan(0);
    expect(cache.hits).toBeGreaterThan(0);
    expect(cache.totalSize).toBeGreaterThan(0);
    expect(await prometheus('novitai_job_runs_total', 'type="reconcile-instance"')).toBeGreaterThanOrEqual(
      jobs.total.processed,
    );
    await eventually('Prometheus is told what waits', async () =>
      /novitai_jobs\{type="reconcile-instance",state="waiting"\} \d/.test(await (await get('/metrics')).text()),
    );
  });

  it('count instances by status, and how long a command took', async () => {
    await app.api.create({ name: 'timed' });
    await app.api.until('timed', 'ready');
    // each command once, whatever became of it since; a probe may have failed on a slow machine
    const ready = (await app.api.list()).data.filter(({ readyAt }) => readyAt !== null);
    // counted when the status is told, which is a moment after it can be read
    await expect.poll(() => prometheus('novitai_time_to_ready_seconds_bucket', 'le="+Inf"')).toBe(ready.length);
    await expect.poll(() => prometheus('novitai_instances', 'status="ready"')).toBeGreaterThanOrEqual(1);
    expect(await prometheus('novitai_instances', 'status="failed"')).toBe(0);
  });

  it('tell what is paid for the machines that instances hold', async () => {
    await app.api.create({ name: 'priced', productName: 'RTX 4090', gpuNum: 2 });
    await app.api.until('priced', 'ready');
    const held = (await app.api.list('?limit=100')).data;
    const paid = held.map(({ placement }) => Number(placement?.pricePerInstanceHour.amount ?? 0));
    const bound = paid.reduce((sum, price) => sum + price, 0);
    expect(bound).toBeGreaterThan(0);
    await expect.poll(() => prometheus('novitai_bound_dollars_per_hour')).toBeCloseTo(bound, 5);
  });

  it('a reset begins the JSON view anew and takes nothing from Prometheus', async () => {
    await get('/api/instances');
    const before = await prometheus('http_requests_total', 'route="/api/instances"');
    expect((await data()).requests.total.count).toBeGreaterThan(1);
    await reset();
    const { requests, trends, cache } = await data();
    // the reset itself is answered after it
    expect(requests.total.count).toBe(1);
    expect(cache).toMatchObject({ hits: 0, misses: 0, hitRatio: 0 });
    expect(trends['15m'].requestsPerMinute).toBeLessThanOrEqual(60);
    expect(await prometheus('http_requests_total', 'route="/api/instances"')).toBe(before);
  });

  it('are told in short, and of the process', async () => {
    const aNumber = expect.any(Number) as number;
    expect(await data<object>('/api/metrics/summary')).toEqual({
      performance: { requestsPerMinute: aNumber, averageResponseTimeMs: aNumber, errorRatePercent: 0 },
      jobs: { processingRatePerMinute: aNumber },
      system: { memoryUsageMB: aNumber, cpuUsagePercent: aNumber, uptimeSeconds: aNumber },
      cache: { hitRatePercent: aNumber, totalSize: aNumber },
    });
    const { memory, uptime } = await data<{ memory: NodeJS.MemoryUsage; uptime: number }>('/api/metrics/system');
    expect(memory.rss).toBeGreaterThan(memory.heapUsed);
    expect(uptime).toBeGreaterThan(0);
  });
});
