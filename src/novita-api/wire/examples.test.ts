import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { inWords } from '../../../test/support/in-words.js';
import { decodeCluster, decodeProduct, decodeRegistryAuth } from './catalogue.wire.js';
import { decodeCreatedId } from './create.wire.js';
import { decodeError } from './error-body.wire.js';
import { decodeMachine } from './machine.wire.js';
import { decodeData, decodeMachinePage, decodeTemplatePage, decodeVolumePage } from './page.wire.js';
import { decodeTemplate } from './template.wire.js';

const EXAMPLES = path.resolve(import.meta.dirname, '../../../test/novita-contract/examples');
const text = (name: string): string => readFileSync(path.join(EXAMPLES, name), 'utf8');
const json = (name: string): unknown => JSON.parse(text(name));

const NO_ACCESS = {
  sshCommand: null,
  sshPassword: null,
  webTerminal: null,
  jupyterUrl: null,
};

const WORKER = {
  machineId: '79485daa470d8d6d',
  name: 'worker-01',
  envTag: null,
  content: '[content of a machine]',
  make: {
    productId: '4090.16c62g',
    productName: 'RTX 4090 24GB',
    clusterId: 'us-ca-6',
    clusterName: 'US-CA-06 (California)',
    gpuNum: 1,
    billingMode: 'spot',
    image: 'docker.io/example/comfyui:1.4',
    rootfsSizeGb: 60,
  },
  failure: null,
  startedAt: new Date(1_767_225_660_000),
};

const RUNNING_ENDPOINTS = [
  { port: 8188, protocol: 'http', address: 'https://79485daa470d8d6d-8188.us-ca-6.gpu-instance.novita.ai' },
  { port: 22, protocol: 'tcp', address: 'proxy.us-ca-6.gpu-instance.novita.ai:31022' },
];
const CLOSED_ENDPOINTS = [
  { port: 8188, protocol: 'http', address: null },
  { port: 22, protocol: 'tcp', address: null },
];
const RUNNING_ACCESS = {
  sshCommand: 'ssh -p 31022 root@proxy.us-ca-6.gpu-instance.novita.ai',
  sshPassword: 'Xk29example',
  webTerminal: {
    address: 'wss://79485daa470d8d6d-terminal.us-ca-6.gpu-instance.novita.ai',
    username: 'root',
    password: 'Wt71example',
  },
  jupyterUrl: null,
  logs: {
    system: 'https://log.us-ca-6.gpu-instance.novita.ai/system/79485daa470d8d6d',
    instance: 'https://log.us-ca-6.gpu-instance.novita.ai/instance/79485daa470d8d6d',
  },
};
const COMFYUI = {
  templateId: '204517',
  name: 'comfyui',
  readme: '# ComfyUI',
  channel: 'private',
  image: 'docker.io/example/comfyui:1.4',
  registryAuthId: null,
  command: null,
  entrypoint: null,
  rootfsSizeGb: 60,
  ports: [
    { port: 8188, protocol: 'http' },
    { port: 22, protocol: 'tcp' },
  ],
  envs: [{ key: 'MODEL_DIR', value: '/network/models' }],
  minCudaVersion: '12.4',
};

const DEV = {
  machineId: 'a1b2c3d4e5f60718',
  name: 'dev-01',
  envTag: null,
  content: '[content of a machine]',
  make: {
    productId: '4090.16c62g',
    productName: 'RTX 4090 24GB',
    clusterId: 'us-ca-6',
    clusterName: 'US-CA-06 (California)',
    gpuNum: 2,
    billingMode: 'onDemand',
    image: 'pytorch/pytorch:latest',
    rootfsSizeGb: 100,
  },
  endpoints: [{ port: 8888, protocol: 'http', address: null }],
  startedAt: null,
  spot: null,
};
const DEV_LOGS = {
  system: 'https://log.us-ca-6.gpu-instance.novita.ai/system/a1b2c3d4e5f60718',
  instance: null,
};

const reclaimAt = new Date(1_767_236_400_000);

/** What our reader makes of each example answer. */
const EXPECTED: Record<string, { seen: unknown; expected: unknown }> = {
  'v1-get-instance-running.response.json': {
    seen: decodeMachine(json('v1-get-instance-running.response.json')),
    expected: {
      ...WORKER,
      state: 'running',
      statusWord: 'running',
      endpoints: RUNNING_ENDPOINTS,
      spot: { state: 'running', reclaimAt: null },
      access: RUNNING_ACCESS,
    },
  },
  'v1-get-instance-spot-notified.response.json': {
    seen: decodeMachine(json('v1-get-instance-spot-notified.response.json')),
    expected: {
      ...WORKER,
      state: 'running',
      statusWord: 'running',
      endpoints: RUNNING_ENDPOINTS,
      spot: { state: 'notified', reclaimAt },
      access: RUNNING_ACCESS,
    },
  },
  'v1-get-instance-spot-notified-zero.response.json': {
    seen: decodeMachine(json('v1-get-instance-spot-notified-zero.response.json')),
    expected: {
      ...WORKER,
      state: 'running',
      statusWord: 'running',
      endpoints: RUNNING_ENDPOINTS,
      spot: { state: 'notified', reclaimAt: null },
      access: RUNNING_ACCESS,
    },
  },
  'v1-get-instance-spot-reclaiming.response.json': {
    seen: decodeMachine(json('v1-get-instance-spot-reclaiming.response.json')),
    expected: {
      ...WORKER,
      state: 'running',
      statusWord: 'running',
      endpoints: RUNNING_ENDPOINTS,
      spot: { state: 'reclaiming', reclaimAt },
      access: RUNNING_ACCESS,
    },
  },
  'v1-get-instance-spot-reclaimed.response.json': {
    seen: decodeMachine(json('v1-get-instance-spot-reclaimed.response.json')),
    expected: {
      ...WORKER,
      state: 'exited',
      statusWord: 'exited',
      endpoints: CLOSED_ENDPOINTS,
      spot: { state: 'terminated', reclaimAt },
      access: { ...NO_ACCESS, logs: { ...RUNNING_ACCESS.logs, instance: null } },
    },
  },
  'v1-get-instance-pulling.response.json': {
    seen: decodeMachine(json('v1-get-instance-pulling.response.json')),
    expected: {
      ...DEV,
      failure: null,
      state: 'pulling',
      statusWord: 'pulling',
      access: { ...NO_ACCESS, logs: DEV_LOGS },
    },
  },
  'v1-get-instance-create-failed.response.json': {
    seen: decodeMachine(json('v1-get-instance-create-failed.response.json')),
    expected: {
      ...DEV,
      state: 'exited',
      statusWord: 'exited',
      failure: {
        code: 'PullImageFailed',
        message: 'failed to pull image: manifest unknown (state value invented; real vocabulary unknown)',
      },
      access: { ...NO_ACCESS, logs: DEV_LOGS },
    },
  },
  'v1-get-instance-auto-migrate.response.json': {
    seen: decodeMachine(json('v1-get-instance-auto-migrate.response.json')),
    expected: {
      ...DEV,
      failure: null,
      state: 'running',
      statusWord: 'running',
      startedAt: WORKER.startedAt,
      endpoints: [
        { port: 8888, protocol: 'http', address: 'https://a1b2c3d4e5f60718-8888.us-ca-6.gpu-instance.novita.ai' },
      ],
      access: {
        ...NO_ACCESS,
        sshCommand: 'ssh -p 31044 root@proxy.us-ca-6.gpu-instance.novita.ai',
        sshPassword: 'Xk29example',
        webTerminal: {
          address: 'wss://a1b2c3d4e5f60718-terminal.us-ca-6.gpu-instance.novita.ai',
          username: 'root',
          password: 'Wt71example',
        },
        logs: {
          ...DEV_LOGS,
          instance: 'https://log.us-ca-6.gpu-instance.novita.ai/instance/a1b2c3d4e5f60718',
        },
      },
    },
  },
  'v1-get-instance-oom.response.json': {
    seen: decodeMachine(json('v1-get-instance-oom.response.json')),
    expected: {
      ...DEV,
      state: 'exited',
      statusWord: 'exited',
      startedAt: WORKER.startedAt,
      failure: { code: 'oom', message: 'the container ran out of memory' },
      access: { ...NO_ACCESS, logs: DEV_LOGS },
    },
  },
  'v1-list-instances-spot-states.response.json': {
    seen: decodeMachinePage(json('v1-list-instances-spot-states.response.json')),
    expected: {
      total: 2,
      unreadable: 0,
      isList: true,
      rows: [
        {
          ...WORKER,
          state: 'running',
          statusWord: 'running',
          endpoints: RUNNING_ENDPOINTS,
          spot: { state: 'notified', reclaimAt },
          access: null,
        },
        {
          ...WORKER,
          machineId: '0f1e2d3c4b5a6978',
          name: 'worker-02',
          state: 'running',
          statusWord: 'running',
          startedAt: new Date(1_767_222_060_000),
          endpoints: [
            { port: 8188, protocol: 'http', address: 'https://0f1e2d3c4b5a6978-8188.us-ca-6.gpu-instance.novita.ai' },
            { port: 22, protocol: 'tcp', address: 'proxy.us-ca-6.gpu-instance.novita.ai:31077' },
          ],
          spot: { state: 'reclaiming', reclaimAt: new Date(1_767_232_830_000) },
          access: null,
        },
      ].map((row) => ({ id: row.machineId, row })),
    },
  },
  'v1-list-instances.response.json': {
    seen: decodeMachinePage(json('v1-list-instances.response.json')),
    expected: {
      total: 3,
      unreadable: 0,
      isList: true,
      rows: [
        {
          ...WORKER,
          state: 'running',
          statusWord: 'running',
          endpoints: RUNNING_ENDPOINTS,
          spot: { state: 'running', reclaimAt: null },
          access: null,
        },
        { ...DEV, failure: null, state: 'pulling', statusWord: 'pulling', access: null },
        {
          ...WORKER,
          machineId: '0f1e2d3c4b5a6978',
          name: 'worker-02',
          state: 'exited',
          statusWord: 'exited',
          endpoints: CLOSED_ENDPOINTS,
          spot: { state: 'terminated', reclaimAt },
          access: null,
        },
      ].map((row) => ({ id: row.machineId, row })),
    },
  },
  'v1-create-instance.response.json': {
    seen: decodeCreatedId(text('v1-create-instance.response.json'), 'application/json'),
    expected: '79485daa470d8d6d',
  },
  'v1-get-template.response.json': { seen: decodeTemplate(json('v1-get-template.response.json')), expected: COMFYUI },
  'v1-list-templates.response.json': {
    seen: decodeTemplatePage(json('v1-list-templates.response.json')),
    expected: { total: 1, unreadable: 0, isList: true, rows: [{ id: '204517', row: COMFYUI }] },
  },
  'v1-list-gpu-products-can-buy.response.json': {
    seen: decodeData(json('v1-list-gpu-products-can-buy.response.json'), decodeProduct)?.map(
      ({ productId, available, stock }) => [productId, available, stock],
    ),
    expected: [
      ['4090.16c62g', true, 'normal'],
      ['4090.16c62g.os', false, 'normal'],
      ['4090.16c96g.v2', false, 'normal'],
      ['h100.24c180g', false, 'none'],
    ],
  },
  'v1-list-gpu-products.response.json': {
    seen: decodeData(json('v1-list-gpu-products.response.json'), decodeProduct),
    expected: [
      {
        productId: '4090.16c62g',
        name: 'RTX 4090 24GB',
        regionNames: ['US-CA-06 (California)', 'AS-SGP-02 (Singapore)'],
        billingModes: ['onDemand', 'spot'],
        available: true,
        stock: 'normal',
        pricePerGpuHour: { onDemand: 35_000, spot: 18_000 },
        cpuPerGpu: 16,
        memoryGbPerGpu: 62,
        minRootfsGb: 10,
        maxRootfsGb: 1024,
      },
      {
        productId: 'h100.24c180g',
        name: 'H100 SXM 80GB',
        regionNames: [],
        billingModes: ['onDemand'],
        available: false,
        stock: 'none',
        pricePerGpuHour: { onDemand: 256_000, spot: null },
        cpuPerGpu: 24,
        memoryGbPerGpu: 180,
        minRootfsGb: 10,
        maxRootfsGb: 2048,
      },
    ],
  },
  'v1-list-clusters.response.json': {
    seen: decodeData(json('v1-list-clusters.response.json'), decodeCluster),
    expected: [
      { clusterId: 'us-ca-6', name: 'US-CA-06 (California)' },
      { clusterId: 'as-sgp-2', name: 'AS-SGP-02 (Singapore)' },
      { clusterId: 'cn-hongkong-1', name: 'CN-HK-01 (Hong Kong)' },
    ],
  },
  'v1-list-network-storages.response.json': {
    seen: decodeVolumePage(json('v1-list-network-storages.response.json')),
    expected: {
      total: 1,
      unreadable: 0,
      isList: true,
      rows: [
        {
          id: '0d6a3b1e-5e0a-4a4c-9a0e-2f4a9c6d1b11',
          row: {
            volumeId: '0d6a3b1e-5e0a-4a4c-9a0e-2f4a9c6d1b11',
            name: 'models',
            sizeGb: 50,
            clusterId: 'us-ca-6',
            clusterName: 'US-CA-06 (California)',
          },
        },
      ],
    },
  },
  'v1-list-repository-auths.response.json': {
    seen: decodeData(json('v1-list-repository-auths.response.json'), decodeRegistryAuth),
    expected: [{ registryAuthId: '1203', name: 'docker.io', username: 'example' }],
  },
};

/** Answers to calls that this client does not make, or whose body it does not read. */
const NOT_READ =
  /^v1-(start|stop|restart|delete|migrate)-instance|^v1-(check|list)-(key|member)-budget|^v1-get-instance-metrics|^v1-(balance|metrics|usage-bills|fixed-term-bills|monthly-bills|transactions|list-jobs|save-image|create-template|list-cpu-products|list-networks|create-network-storage|list-image-prewarm|image-prewarm-quota)\b/;

describe('the example answers of the contract', () => {
  const answers = readdirSync(EXAMPLES).filter((name) => /^v1-.*\.response\.json$/.test(name));

  it.each(Object.entries(EXPECTED))('reads %s', (_name, { seen, expected }) => {
    expect(inWords(seen)).toEqual(expected);
  });

  it('leaves none out', () => {
    const unread = answers.filter((name) => !(name in EXPECTED) && !NOT_READ.test(name));
    expect(answers.length).toBeGreaterThan(20);
    expect(unread).toEqual([]);
  });

  const errors = readdirSync(EXAMPLES).filter((name) => name.startsWith('error-'));

  it.each(errors)('reads the reason in %s', (name) => {
    const status = Number(name.slice(6, 9));
    const { reason, message } = json(name) as { reason: string; message: string };
    expect(decodeError(status, text(name))).toEqual({ reason, message });
  });
});
