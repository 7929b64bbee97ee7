/** What Novita sells, in our own terms. Prices are integers: 1/100000 USD per GPU (per machine for CPU) and hour. */
export interface SimulatedProduct {
  id: string;
  name: string;
  cpuPerGpu: number;
  memoryPerGpu: number;
  maxRootFS: number;
  /** The clusters that have the product. */
  clusterIds: string[];
  price: number;
  /** 0: not offered as spot. */
  spotPrice: number;
  /** Price per month; 0: not offered by the month. */
  monthlyPrice: number;
  /** Free GPUs at the start, in each cluster. */
  stock: number;
  /** False: not for this account. Undefined: the row does not say. */
  canBuy?: boolean;
  /** Part of a campaign. Undefined: the row does not say. */
  activityProduct?: boolean;
}

export interface SimulatedCpuProduct {
  id: string;
  name: string;
  cpuNum: number;
  memorySize: number;
  price: number;
}

export interface SimulatedCluster {
  id: string;
  /** `US-CA-06` */
  code: string;
  /** `California` */
  place: string;
  supportNetworkStorage: boolean;
}

export interface SimulatedTemplate {
  id: string;
  name: string;
  readme: string;
  channel: 'official' | 'community' | 'private';
  image: string;
  startCommand: string;
  rootfsSize: number;
  http: number[];
  tcp: number[];
  envs: { key: string; value: string }[];
  jupyter: boolean;
  minCudaVersion: string;
  /** Undefined: `instance`. */
  type?: 'instance' | 'serverless';
  imageAuthId?: string;
  entrypoint?: string;
  /** Milliseconds since 1970. */
  createdAt?: number;
  /** Made by this account, and so to be changed by it. */
  isOurs?: boolean;
}

export interface SimulatedRegistryAuth {
  id: string;
  name: string;
  username: string;
  password: string;
}

export const CLUSTERS: SimulatedCluster[] = [
  { id: 'us-ca-6', code: 'US-CA-06', place: 'California', supportNetworkStorage: true },
  { id: 'us-tx-1', code: 'US-TX-01', place: 'Texas', supportNetworkStorage: false },
  { id: 'as-sgp-2', code: 'AS-SGP-02', place: 'Singapore', supportNetworkStorage: true },
  { id: 'as-in-1', code: 'AS-IN-01', place: 'India', supportNetworkStorage: false },
  { id: 'cn-hongkong-1', code: 'CN-HK-01', place: 'Hong Kong', supportNetworkStorage: false },
  { id: 'eu-de-1', code: 'EU-DE-01', place: 'Germany', supportNetworkStorage: true },
  { id: 'oc-au-1', code: 'OC-AU-01', place: 'Australia', supportNetworkStorage: false },
];

const EVERYWHERE = CLUSTERS.map((cluster) => cluster.id);

type ProductRow = [
  id: string,
  name: string,
  cpu: number,
  memoryGb: number,
  price: number,
  spot: number,
  stock: number,
  where: string[],
  flags?: Pick<SimulatedProduct, 'canBuy' | 'activityProduct'>,
];

const PRODUCT_ROWS: ProductRow[] = [
  ['4090.16c62g', 'RTX 4090 24GB', 16, 62, 35_000, 18_000, 48, ['us-ca-6', 'as-sgp-2', 'cn-hongkong-1', 'eu-de-1']],
  ['4090.16c96g.v2', 'RTX 4090 24GB', 16, 96, 39_000, 20_000, 24, ['us-tx-1', 'oc-au-1']],
  ['3090.16c92g', 'RTX 3090 24GB', 16, 92, 21_000, 11_000, 32, ['us-ca-6', 'as-in-1'], { canBuy: true }],
  ['5090.16c96g', 'RTX 5090 32GB', 16, 96, 63_000, 32_000, 16, ['us-ca-6', 'us-tx-1', 'as-sgp-2']],
  ['l40s.14c100g', 'L40S 48GB', 14, 100, 55_000, 28_000, 16, ['us-tx-1', 'eu-de-1']],
  ['6000ada.16c120g', 'RTX 6000 Ada 48GB', 16, 120, 70_000, 35_000, 8, ['eu-de-1', 'oc-au-1']],
  ['a100.16c120g', 'A100 SXM 80GB', 16, 120, 160_000, 80_000, 16, ['us-ca-6', 'as-sgp-2']],
  ['h100.24c180g', 'H100 SXM 80GB', 24, 180, 256_000, 0, 8, EVERYWHERE],
  ['h200.24c200g', 'H200 SXM 141GB', 24, 200, 325_000, 0, 0, ['us-tx-1']],
  ['4090.16c62g.os', 'RTX 4090 24GB', 16, 62, 29_000, 0, 16, ['us-ca-6'], { canBuy: true, activityProduct: true }],
  [
    '4090.24c128g',
    'RTX 4090 24GB',
    24,
    128,
    30_000,
    15_000,
    16,
    ['eu-de-1'],
    { canBuy: false, activityProduct: false },
  ],
];

export const PRODUCTS: SimulatedProduct[] = PRODUCT_ROWS.map(
  ([id, name, cpu, memoryGb, price, spot, stock, where, flags]) => ({
    id,
    name,
    cpuPerGpu: cpu,
    memoryPerGpu: memoryGb,
    maxRootFS: memoryGb > 120 ? 2048 : 1024,
    clusterIds: where,
    price,
    spotPrice: spot,
    monthlyPrice: spot === 0 ? 0 : price * 648,
    stock,
    ...flags,
  }),
);

export const CPU_PRODUCTS: SimulatedCpuProduct[] = [
  { id: 'cpu.4c8g', name: 'CPU 4 vCPU 8GB', cpuNum: 4, memorySize: 8, price: 6_000 },
  { id: 'cpu.16c32g', name: 'CPU 16 vCPU 32GB', cpuNum: 16, memorySize: 32, price: 24_000 },
];

const template = (
  given: Pick<SimulatedTemplate, 'id' | 'name' | 'readme' | 'image'> & Partial<SimulatedTemplate>,
): SimulatedTemplate => ({
  channel: 'official',
  startCommand: '',
  rootfsSize: 60,
  http: [],
  tcp: [22],
  envs: [],
  jupyter: false,
  minCudaVersion: '',
  ...given,
});

export const TEMPLATES: SimulatedTemplate[] = [
  template({
    id: '104001',
    name: 'vLLM',
    readme: '# vLLM\nAn OpenAI-compatible server on port 8000.',
    image: 'vllm/vllm-openai:v0.10.1',
    startCommand: '--model Qwen/Qwen2.5-7B-Instruct --port 8000',
    rootfsSize: 100,
    http: [8000],
    envs: [{ key: 'HF_HOME', value: '/workspace/hf' }],
    minCudaVersion: '12.4',
  }),
  template({
    id: '104002',
    name: 'ComfyUI',
    readme: '# ComfyUI\nNode-based image generation on port 8188.',
    image: 'docker.io/novitalabs/comfyui:1.4',
    http: [8188],
    minCudaVersion: '12.4',
  }),
  template({
    id: '104003',
    name: 'PyTorch 2.7 with Jupyter',
    readme: '# PyTorch\nJupyterLab on port 8888.',
    image: 'pytorch/pytorch:2.7.0-cuda12.8-cudnn9-devel',
    http: [8888],
    jupyter: true,
    minCudaVersion: '12.8',
  }),
  template({
    id: '104004',
    name: 'Ubuntu 22.04 SSH',
    readme: '# Ubuntu\nA shell.',
    image: 'novitalabs/ubuntu:22.04-ssh',
    rootfsSize: 20,
  }),
  template({
    id: '104005',
    name: 'Ollama',
    readme: '# Ollama\nModels by name on port 11434.',
    image: 'ollama/ollama:0.11',
    http: [11434],
    envs: [{ key: 'OLLAMA_HOST', value: '0.0.0.0' }],
  }),
];

export const REGISTRY_AUTHS: SimulatedRegistryAuth[] = [
  { id: '1203', name: 'docker.io', username: 'example', password: 'not-a-real-password' },
];

export interface Catalogue {
  products: SimulatedProduct[];
  cpuProducts: SimulatedCpuProduct[];
  clusters: SimulatedCluster[];
  templates: SimulatedTemplate[];
  registryAuths: SimulatedRegistryAuth[];
}
