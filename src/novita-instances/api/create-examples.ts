import type { CreateInstanceDto } from './dto/create-instance.dto.js';

/**
 * Bodies that Swagger UI offers, to be sent as they are: the sandbox has this template and sells these products, and so has
 * Novita but for the id of the template.
 */
export const CREATE_EXAMPLES: Record<string, { summary: string; value: CreateInstanceDto }> = {
  template: {
    summary: 'From a template',
    value: {
      name: 'comfyui-1',
      productName: 'RTX 4090 24GB',
      templateId: '104002',
      gpuNum: 1,
      rootfsSize: 60,
      region: 'us-ca-6',
      billingMode: 'onDemand',
    },
  },
  image: {
    summary: 'From an image, with a cap on the price and a probe of its own',
    value: {
      name: 'vllm-1',
      productName: 'RTX 4090',
      image: 'docker.io/vllm/vllm-openai:v0.10.1',
      command: '--model Qwen/Qwen2.5-7B-Instruct --port 8000',
      ports: [{ port: 8000, protocol: 'http' }],
      envs: [{ key: 'HF_HOME', value: '/workspace/hf' }],
      rootfsSize: 100,
      regions: ['us-ca-6', 'as-sgp-2'],
      billingMode: 'spot',
      maxPricePerGpuHour: '0.50',
      labels: { team: 'language' },
      readiness: {
        probes: [{ port: 8000, type: 'http', path: '/health', accept: ['200-299'] }],
        timeoutSeconds: 5,
        readyWithinSeconds: 1800,
      },
    },
  },
};
