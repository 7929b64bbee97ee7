import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { NovitaSimulator } from './novita-simulator.js';
import { TEMPLATES } from './catalogue.js';
import { withNovita, type Stage } from './with-novita.js';

async function control({ novita }: Stage, method: string, route: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${novita.url}/_sim${route}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return response.json();
}

describe('the simulator', () => {
  it('fails its test when an answer left the contract', async () => {
    const templates = TEMPLATES.map((template) => ({ ...template, rootfsSize: 'large' as unknown as number }));
    const novita = await NovitaSimulator.start({ templates });
    await fetch(`${novita.baseUrl}/v1/templates`, { headers: { authorization: 'Bearer k' } });
    await expect(novita.stop()).rejects.toThrow('listTemplates 200: template.0.rootfsSize must be integer');
  });

  it('gives the same ids for the same seed', async () => {
    const ids: string[] = [];
    for (const seed of [1, 1, 2]) await withNovita({ seed }, async ({ api }) => void ids.push(await api.create()));
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]).not.toBe(ids[2]);
  });

  it('shows machines and costs to a person, with names that cannot break the page', async () => {
    await withNovita({}, async ({ api, novita }) => {
      await api.create({ name: '<script>' });
      const page = await (await fetch(novita.url)).text();
      expect(page).toContain('&lt;script>');
      expect(page).toContain('1 machines, $0.00000 in all');
    });
  });
});

describe('the control surface over HTTP', () => {
  it('moves a machine, takes it away, and shows the ledger', async () => {
    await withNovita({}, async (stage) => {
      const id = await stage.api.create({ billingMode: 'spot', ports: '80/http' });
      await control(stage, 'POST', `/machines/${id}/advance`, { to: 'answering' });
      expect(await control(stage, 'GET', `/machines/${id}`)).toMatchObject({ status: 'running' });
      await control(stage, 'POST', `/machines/${id}/workload`, { status: 500 });
      await control(stage, 'POST', `/machines/${id}/rename`, { name: 'other' });
      await control(stage, 'POST', `/machines/${id}/reclaim`, { step: 'terminate' });
      expect(await control(stage, 'GET', '/ledger')).toMatchObject([
        { machineId: id, name: 'other', status: 'exited' },
      ]);
      await control(stage, 'POST', '/machines', { name: 'foreign' });
      await control(stage, 'POST', `/machines/${id}/remove-by-hand`);
      expect((await stage.api.list()).map((each) => each.name)).toEqual(['foreign']);
    });
  });

  it('sets faults, stock, switches and account', async () => {
    await withNovita({}, async (stage) => {
      const { api } = stage;
      await control(stage, 'POST', '/faults', { operation: 'listClusters', fault: { status: 500 }, always: true });
      expect((await api.get('/clusters')).status).toBe(500);
      await control(stage, 'DELETE', '/faults');
      expect((await api.get('/clusters')).status).toBe(200);
      await control(stage, 'POST', '/stock', { productId: '4090.16c62g', gpus: 0 });
      expect((await api.tryCreate()).json).toMatchObject({ reason: 'INSUFFICIENT_RESOURCE' });
      await control(stage, 'POST', '/switches', { missingInstance: 400 });
      expect((await api.look('nothing')).status).toBe(400);
      await control(stage, 'POST', '/account', { depositUsd: 0 });
      expect((await api.tryCreate()).json).toMatchObject({ reason: 'CREATE_INSTANCE_LIMIT' });
      expect(await control(stage, 'GET', '/requests')).toMatchObject({
        byOperation: { listClusters: 2, createInstance: 2 },
      });
    });
  });

  it('says what cannot be done', async () => {
    await withNovita({}, async (stage) => {
      expect(await control(stage, 'POST', '/switches', { pageBase: 7 })).toEqual({
        error: 'no switch pageBase with value 7',
      });
      expect(await control(stage, 'GET', '/machines/nothing')).toEqual({
        error: 'the simulator has no machine nothing',
      });
      expect(await control(stage, 'POST', '/faults', {})).toEqual({ error: 'operation is required' });
    });
  });
});

describe('the simulator as a process', () => {
  const ROOT = path.join(import.meta.dirname, '..', '..');

  // Inside the project, since the contract is found from there.
  const out = mkdtempSync(path.join(ROOT, 'node_modules', '.novita-simulator-'));
  afterAll(() => {
    rmSync(out, { recursive: true });
  });

  async function compiled(): Promise<string> {
    const tsc = spawn(
      process.execPath,
      ['node_modules/@typescript/native/bin/tsc', '-p', 'test/tsconfig.sandbox.json', '--outDir', out],
      { cwd: ROOT },
    );
    const [code] = (await once(tsc, 'exit')) as [number];
    expect(code).toBe(0);
    return path.join(out, 'novita-simulator', 'main.js');
  }

  it('prints its address, serves, and ends cleanly on SIGTERM; a bad option ends it with 2', async () => {
    const main = await compiled();
    const child = spawn(process.execPath, [main, '--time-factor', '100', '--api-key', 'k']);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const [, url = ''] = /(http:\S+)/.exec(line.toString()) ?? [];
    const reply = await fetch(`${url}/gpu-instance/openapi/v1/clusters`, { headers: { authorization: 'Bearer k' } });
    expect(reply.status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);

    const mistaken = spawn(process.execPath, [main, '--time-factor', 'fast']);
    const [complaint] = (await once(mistaken.stderr, 'data')) as [Buffer];
    expect(complaint.toString()).toContain('--time-factor must be a number');
    expect(await once(mistaken, 'exit')).toEqual([2, null]);
  });
});
