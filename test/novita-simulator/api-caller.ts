import type { NovitaSimulator } from './novita-simulator.js';

export interface Reply {
  status: number;
  text: string;
  /** The body as JSON, or null when it is empty or not JSON. */
  json: Record<string, unknown> | null;
  headers: Headers;
}

const ASKED = { productId: '4090.16c62g', gpuNum: 1, rootfsSize: 60, imageUrl: 'nginx:1.27', kind: 'gpu' };

/** A plain HTTP client, for the simulator's own tests. */
export class ApiCaller {
  constructor(
    private readonly novita: NovitaSimulator,
    private readonly key = 'test-key',
  ) {}

  async get(path: string): Promise<Reply> {
    return this.call('GET', path);
  }

  async post(path: string, body: unknown): Promise<Reply> {
    return this.call('POST', path, body);
  }

  /** Creates a small machine and returns its id. */
  async create(body: Record<string, unknown> = {}): Promise<string> {
    const reply = await this.post('/gpu/instance/create', { ...ASKED, ...body });
    if (typeof reply.json?.id !== 'string') throw new Error(`create answered ${reply.status} ${reply.text}`);
    return reply.json.id;
  }

  /** A create that is expected to be refused. */
  async tryCreate(body: Record<string, unknown> = {}): Promise<Reply> {
    return this.post('/gpu/instance/create', { ...ASKED, ...body });
  }

  async act(action: 'start' | 'stop' | 'restart' | 'migrate' | 'delete', instanceId: string): Promise<Reply> {
    return this.post(`/gpu/instance/${action}`, { instanceId });
  }

  async look(instanceId: string): Promise<Reply> {
    return this.get(`/gpu/instance?instanceId=${instanceId}`);
  }

  /** The first page of the list, as ids and statuses. */
  async list(query = 'pageSize=100&pageNum=0'): Promise<Record<string, unknown>[]> {
    const { json } = await this.get(`/gpu/instances?${query}`);
    return (json?.instances ?? []) as Record<string, unknown>[];
  }

  /** A read of metrics, balance or bills. */
  async account(path: string): Promise<Reply> {
    return this.call('GET', path, undefined, this.novita.accountUrl);
  }

  private async call(method: string, path: string, body?: unknown, base = `${this.novita.baseUrl}/v1`): Promise<Reply> {
    const response = await fetch(base + path, {
      method,
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
      redirect: 'manual',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, text, json: parse(text), headers: response.headers };
  }
}

function parse(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}
