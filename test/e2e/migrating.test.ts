/** docs/migrating.md: what it says of each route of the earlier service is true of this one. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiDocument } from '../support/api-document.js';
import { type RunningApp, startApp } from '../support/running-app.js';

interface Route {
  number: string;
  earlier: string;
  /** Null: nothing replaces it. */
  here: string | null;
}

const ROUTES_EVER = 32;
const cellsOf = (line: string): string[] => line.split('|').map((cell) => cell.trim());
const routes = readFileSync('docs/migrating.md', 'utf8')
  .split('\n')
  .filter((line) => /^\| \d+ +\|/.test(line))
  .map(cellsOf)
  .map(([, number = '', earlier = '', here = '']): Route => ({ number, earlier, here: here === '–' ? null : here }));
const kept = routes.filter(({ earlier, here }) => earlier === here).map(({ earlier }) => earlier);

const document = ApiDocument.load();
const operations = document.operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);

describe('docs/migrating.md', () => {
  let app: RunningApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.stop());

  const ask = (route: string, body?: unknown) => {
    const [method = '', path = ''] = route.split(' ');
    return app.api.request<Record<string, unknown>>(method, path.replaceAll(/\{\w+\}/g, 'moved'), body);
  };

  it('has every route that the earlier service ever had', () => {
    expect(routes.map(({ number }) => Number(number))).toEqual(Array.from({ length: ROUTES_EVER }, (_, at) => at + 1));
  });

  it.each(routes.filter(({ here }) => here !== null))('$earlier is replaced by $here, which exists', ({ here }) => {
    expect(operations).toContain(here);
  });

  it.each(routes.filter(({ here }) => here === null))(
    '$earlier, which nothing replaces, is not there',
    async (route) => {
      expect([404, 405]).toContain((await ask(route.earlier)).status);
    },
  );

  it('lets a caller of the earlier service go through the life of an instance', async () => {
    const taken = new Map<string, number>();
    const take = async (route: string, body?: unknown): Promise<void> => {
      taken.set(route, (await ask(route, body)).status);
    };
    await take('POST /api/instances', {
      name: 'moved',
      productName: 'RTX 4090',
      templateId: '104005',
      gpuNum: 1,
      rootfsSize: 60,
      region: 'US-CA-06',
      billingMode: 'spot',
    });
    await app.api.until('moved', 'ready');
    for (const route of kept.filter((one) => one.startsWith('GET '))) await take(route);
    await take('POST /api/instances/{instance}/stop', {});
    await app.api.until('moved', 'stopped');
    await take('POST /api/instances/{instance}/start', {});
    await app.api.until('moved', 'ready');
    await take('POST /api/metrics/reset');
    await take('DELETE /api/instances/{instance}');
    expect([...taken.keys()].sort()).toEqual(kept.toSorted());
    expect([...taken].filter(([, status]) => status !== 200 && status !== 202)).toEqual([]);
  });
});
