import { HttpService } from '@nestjs/axios';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/config/config.js';
import { novitaClientFor } from '../../src/novita-api/novita-api.module.js';
import type { CreateMachine, NovitaClient, SeenMachine } from '../../src/novita-api/novita-client.js';
import { systemClock } from '../../src/time/clock.js';
import type { SimulatedTemplate } from '../novita-simulator/catalogue.js';
import { inWords } from '../support/in-words.js';
import { everySwitchPosition, NovitaSimulator, type Switches } from '../novita-simulator/novita-simulator.js';

const TAG = 'nvt-dep-01jh2q-1-mac';

let simulator: NovitaSimulator | undefined;
afterEach(async () => {
  await simulator?.stop(); // throws when the simulator left the contract
  simulator = undefined;
});

/** Two pages of official templates where a page has 20, and one that is the account's own. */
const TEMPLATES: SimulatedTemplate[] = Array.from({ length: 23 }, (_, index) => ({
  id: `${1000 + index}`,
  name: `template-${index}`,
  readme: '# A\nline',
  channel: index === 22 ? 'private' : 'official',
  image: `docker.io/example/app:${index}`,
  startCommand: 'serve --all',
  rootfsSize: 60,
  http: [8188],
  tcp: [22],
  envs: [{ key: 'MODEL_DIR', value: '/models' }],
  jupyter: false,
  minCudaVersion: '12.4',
}));

async function start(switches: Partial<Switches>): Promise<{ client: NovitaClient; novita: NovitaSimulator }> {
  const novita = await NovitaSimulator.start({ mode: 'explicit', seed: 7, switches, templates: TEMPLATES });
  simulator = novita;
  const client = novitaClientFor(
    new HttpService(),
    { apiKey: new Secret('sk_test'), baseUrl: novita.baseUrl, requestsPerMinute: 1000, timeoutMs: 60_000 },
    systemClock,
    () => 0,
  );
  return { client, novita };
}

async function requestFor(client: NovitaClient, name = TAG): Promise<CreateMachine> {
  const billingMode = 'spot';
  const products = await client.listProducts({ billingMode, gpuNum: 1 });
  const product = products.find(({ available, billingModes }) => available && billingModes.includes(billingMode));
  const cluster = (await client.listClusters()).find(
    ({ name: long }) =>
      product?.regionNames.length === 0 ||
      product?.regionNames.some((short) => long.split(' ')[0] === short.split(' ')[0]),
  );
  if (product === undefined || cluster === undefined) throw new Error('nothing to buy');
  return {
    name,
    productId: product.productId,
    clusterId: cluster.clusterId,
    gpuNum: 1,
    rootfsSizeGb: 60,
    billingMode,
    image: 'docker.io/example/comfyui:1.4',
    registryAuthId: null,
    ports: [
      { port: 8188, protocol: 'http' },
      { port: 22, protocol: 'tcp' },
    ],
    envs: [{ key: 'NOVITAI_TAG', value: name }],
    volumes: [],
    command: null,
    entrypoint: null,
    minCudaVersion: null,
  };
}

async function create(client: NovitaClient, name?: string): Promise<string> {
  const outcome = await client.createMachine(await requestFor(client, name));
  if (outcome.kind !== 'accepted') throw new Error(JSON.stringify(outcome));
  return outcome.machineId;
}

async function look(client: NovitaClient, machineId: string): Promise<SeenMachine> {
  const seen = await client.lookAtMachine(machineId);
  if (seen.kind === 'missing') throw new Error('missing');
  return seen.machine;
}

describe('the client over the simulator', () => {
  it.each(everySwitchPosition())('follows a machine through its life with $name = $value', async ({ switches }) => {
    const { client, novita } = await start(switches);

    const before = await client.listMachines();
    expect(before.machines).toEqual([]);
    expect(before.complete).toBe(novita.switches.emptyList === '200');

    const machineId = await create(client);
    const listed = await client.listMachines();
    expect(inWords(listed.machines)).toMatchObject([
      { machineId, name: TAG, envTag: TAG, state: 'queued', access: null },
    ]);
    expect(listed.complete).toBe(true);
    if (novita.switches.total !== 'absent') expect(listed.requests).toBe(1);

    expect(await look(client, machineId)).toMatchObject({ machineId, state: 'queued', failure: null });
    await novita.advance(machineId, 'pulling');
    expect(inWords(await look(client, machineId))).toMatchObject({ state: 'pulling', envTag: TAG });

    await novita.advance(machineId, 'answering');
    const running = await look(client, machineId);
    expect(inWords(running)).toMatchObject({ state: 'running', name: TAG });
    expect(running.access?.sshCommand).toMatch(/^ssh /);
    const http = running.endpoints.find(({ protocol }) => protocol === 'http');
    expect((await fetch(http?.address ?? '')).status).toBe(200);
    expect(running.endpoints.find(({ protocol }) => protocol === 'tcp')?.address).toMatch(/:\d+$/);

    expect(inWords(await client.startMachine(machineId))).toMatchObject({
      kind: 'rejected',
      rejection: { message: expect.stringContaining('invalid state change') as string },
    });
    expect(await client.stopMachine(machineId)).toEqual({ kind: 'acknowledged' });
    expect((await look(client, machineId)).state).toBe('stopping');
    await novita.advance(machineId, 'exited');
    expect((await look(client, machineId)).state).toBe('exited');

    expect(await client.startMachine(machineId)).toEqual({ kind: 'acknowledged' });
    expect((await look(client, machineId)).state).toBe('starting');
    await novita.advance(machineId, 'answering');
    expect(await client.restartMachine(machineId)).toEqual({ kind: 'acknowledged' });
    expect((await look(client, machineId)).state).toBe('starting');
    await novita.advance(machineId, 'answering');

    expect(await client.deleteMachine(machineId)).toEqual({ kind: 'acknowledged' });
    if (novita.switches.deletedMachine === 'listedForAWhile') {
      expect((await look(client, machineId)).state).toBe('removing');
      await novita.advance(machineId, 'removed');
      expect((await client.listMachines()).machines).toMatchObject([{ machineId, state: 'removed' }]);
      await novita.advance(machineId, 'gone');
    }
    expect(await client.lookAtMachine(machineId)).toEqual({ kind: 'missing' });
    expect(await client.deleteMachine(machineId)).toEqual({ kind: 'not-found' });
    expect(await client.stopMachine(machineId)).toEqual({ kind: 'not-found' });
    expect(novita.ledger()).toHaveLength(1);
  });

  it.each(everySwitchPosition())('reads the catalogue with $name = $value', async ({ switches }) => {
    const { client } = await start(switches);
    const [products, clusters, templates, auths] = await Promise.all([
      client.listProducts({ billingMode: 'onDemand' }),
      client.listClusters(),
      client.listTemplates(),
      client.listRegistryAuths(),
    ]);
    expect(products.length).toBeGreaterThan(1);
    for (const { pricePerGpuHour, maxRootfsGb } of products) {
      expect(pricePerGpuHour.onDemand).toBeGreaterThan(1_000);
      expect(maxRootfsGb).toBeGreaterThan(10);
    }
    expect(clusters.length).toBeGreaterThan(1);
    expect(templates.map(({ templateId }) => templateId)).toEqual(TEMPLATES.map(({ id }) => id));
    const [template] = templates;
    expect(template).toEqual({
      templateId: '1000',
      name: 'template-0',
      readme: '# A\nline',
      channel: 'official',
      image: 'docker.io/example/app:0',
      registryAuthId: null,
      command: 'serve --all',
      entrypoint: null,
      rootfsSizeGb: 60,
      ports: [
        { port: 8188, protocol: 'http' },
        { port: 22, protocol: 'tcp' },
      ],
      envs: [{ key: 'MODEL_DIR', value: '/models' }],
      minCudaVersion: '12.4',
    });
    expect(await client.getTemplate('1000')).toEqual(template);
    expect(await client.getTemplate('999999999')).toBeNull();
    expect(JSON.stringify(auths)).not.toMatch(/password/i);
  });

  it.each(everySwitchPosition())('names what it was refused for with $name = $value', async ({ switches }) => {
    const { client, novita } = await start(switches);
    const wanted = await requestFor(client);
    novita.setStock(wanted.productId, undefined, 0);
    expect(await client.createMachine(wanted)).toMatchObject({
      kind: 'rejected',
      rejection: { reason: 'INSUFFICIENT_RESOURCE', httpStatus: 400 },
    });
    expect(novita.machines()).toEqual([]);
  });

  it.each([
    { pageBase: 0, total: 'number' },
    { pageBase: 0, total: 'string' },
    { pageBase: 1, total: 'number' },
    { pageBase: 1, total: 'string' },
  ] as const)('lists a fleet of three pages of 20 with %o', async (switches) => {
    const { client, novita } = await start({ ...switches, maxPageSize: 20 });
    const made: string[] = [];
    for (let count = 0; count < 45; count++) made.push((await novita.addForeignMachine(`foreign-${count}`)).id);
    for (const requests of [3 + switches.pageBase, 3]) {
      const list = await client.listMachines();
      expect(list.machines.map(({ machineId }) => machineId).sort()).toEqual(made.toSorted());
      expect(list).toMatchObject({ complete: true, requests });
    }
  });

  it.each(['number', 'string', 'absent'] as const)(
    'is never told that a list of another order at each request is complete when it is not (total %s)',
    async (total) => {
      const { client, novita } = await start({ maxPageSize: 10, listOrder: 'random', total });
      const made: string[] = [];
      for (let count = 0; count < 25; count++) made.push((await novita.addForeignMachine(`foreign-${count}`)).id);
      const shown = new Set<string>();
      for (let list = 0; list < 12; list++) {
        const { machines, complete, total: there } = await client.listMachines();
        for (const { machineId } of machines) shown.add(machineId);
        expect(complete).toBe(machines.length === made.length);
        expect([made.length, null]).toContain(there);
      }
      expect([...shown].sort()).toEqual(made.toSorted());
    },
  );

  it('sees a spot machine being taken away', async () => {
    const { client, novita } = await start({});
    const machineId = await create(client);
    await novita.advance(machineId, 'answering');
    const spot = async () => (await look(client, machineId)).spot;
    expect(await spot()).toEqual({ state: 'running', reclaimAt: null });
    novita.reclaim(machineId, 'notify');
    const notified = await spot();
    expect(notified).toMatchObject({ state: 'notified', reclaimAt: expect.any(Date) as Date });
    novita.reclaim(machineId, 'reclaim');
    expect(await spot()).toEqual({ ...notified, state: 'reclaiming' });
    novita.reclaim(machineId, 'terminate');
    expect(await look(client, machineId)).toMatchObject({
      state: 'exited',
      spot: { state: 'terminated', reclaimAt: expect.any(Date) as Date },
    });
  });

  it('sees a machine whose creation failed', async () => {
    const { client, novita } = await start({});
    const machineId = await create(client);
    await novita.advance(machineId, 'pulling');
    novita.failBoot(machineId, { state: 'PullImageFailed', message: 'manifest unknown' });
    expect(inWords(await look(client, machineId))).toMatchObject({
      state: 'exited',
      failure: { code: 'PullImageFailed', message: 'manifest unknown' },
    });
  });
});
