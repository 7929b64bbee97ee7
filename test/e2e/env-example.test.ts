import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NovitaSimulator } from '../novita-simulator/novita-simulator.js';
import { ApiClient } from '../support/api-client.js';
import { eventually } from '../support/eventually.js';
import { QUICK } from '../support/running-app.js';
import { ServiceProcess } from '../support/service-process.js';

const EXAMPLE = fileURLToPath(new URL('../../.env.example', import.meta.url));

let novita: NovitaSimulator;
let folder: string;
let service: ServiceProcess | null = null;

beforeAll(async () => {
  novita = await NovitaSimulator.start(QUICK);
  folder = await mkdtemp(path.join(tmpdir(), 'novitai-env-example-'));
  await chmod(folder, 0o755);
});
afterAll(async () => {
  await service?.end('SIGTERM');
  await rm(folder, { recursive: true, force: true });
  await novita.stop();
});

it('.env.example starts the service once a key is filled in; what it knows outlives a kill -9, and its database a clean exit', async () => {
  const example = await readFile(EXAMPLE, 'utf8');
  await writeFile(path.join(folder, '.env'), example.replace(/^NOVITA_API_KEY=$/m, 'NOVITA_API_KEY=sk-filled-in'));
  // beside .env, only where Novita is: the simulator, whose workloads listen on this machine
  const environment = {
    NOVITA_API_BASE_URL: novita.baseUrl,
    PROBE_ALLOW_ADDRESSES: '127.0.0.1',
    NODE_ENV: 'development',
  };

  service = await ServiceProcess.start(environment, folder);
  await new ApiClient(service.url).create({ name: 'outlives' });
  await service.end('SIGKILL');

  service = await ServiceProcess.start(environment, folder);
  await new ApiClient(service.url).until('outlives', 'ready');
  expect(novita.ledger()).toHaveLength(1);
  const pidFile = path.join(folder, 'data', 'postgres', 'data', 'postmaster.pid');
  expect(existsSync(pidFile)).toBe(true);

  expect(await service.end('SIGTERM')).toBe(0);
  expect(existsSync(pidFile)).toBe(false);

  service = await ServiceProcess.start(environment, folder);
  expect((await new ApiClient(service.url).get('outlives')).name).toBe('outlives');
  expect(await service.end('SIGTERM')).toBe(0);

  // who is told to go while it starts goes in order too, and leaves no PostgreSQL behind
  service = await ServiceProcess.launch(environment, folder);
  await eventually('its PostgreSQL starts', () => existsSync(pidFile));
  expect(await service.end('SIGTERM')).toBe(0);
  expect(existsSync(pidFile)).toBe(false);
});
