import type {
  InstanceDto,
  InstanceEventListDto,
  InstanceListDto,
} from '../../src/novita-instances/api/dto/instance.dto.js';
import type { FleetDto } from '../../src/fleet/api/fleet.dto.js';
import type { FleetMachineDto, FleetMachineListDto } from '../../src/fleet/api/machine.dto.js';
import type { ReportedVerdict } from '../../src/fleet/machine-report.js';
import { eventually } from './eventually.js';

export interface Answer<T> {
  status: number;
  headers: Headers;
  body: T;
}

/** Calls the API as a caller does: over HTTP, by path. */
export class ApiClient {
  /** @param headers sent with every request that does not say otherwise */
  constructor(
    private readonly url: string,
    private readonly headers: Record<string, string> = {},
  ) {}

  async request<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(this.url + path, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...this.headers, ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : null) as T };
  }

  create(changes: Record<string, unknown> = {}, headers: Record<string, string> = {}): Promise<Answer<InstanceDto>> {
    const body = {
      name: 'one',
      productName: 'RTX 4090 24GB',
      image: 'example/workload:1',
      ports: [{ port: 8188, protocol: 'http' }],
      billingMode: 'spot',
      ...changes,
    };
    return this.request('POST', '/api/instances', body, headers);
  }

  async get(instance: string, query = ''): Promise<InstanceDto> {
    return (await this.request<InstanceDto>('GET', `/api/instances/${instance}${query}`)).body;
  }

  async list(query = ''): Promise<InstanceListDto> {
    return (await this.request<InstanceListDto>('GET', `/api/instances${query}`)).body;
  }

  async events(instance: string): Promise<InstanceEventListDto['data']> {
    return (await this.request<InstanceEventListDto>('GET', `/api/instances/${instance}/events?limit=100`)).body.data;
  }

  ask(instance: string, verb: 'start' | 'stop' | 'restart' | 'replace'): Promise<Answer<InstanceDto>> {
    return this.request('POST', `/api/instances/${instance}/${verb}`);
  }

  delete(instance: string): Promise<Answer<InstanceDto>> {
    return this.request('DELETE', `/api/instances/${instance}`);
  }

  async fleet(): Promise<FleetDto> {
    return (await this.request<FleetDto>('GET', '/api/fleet')).body;
  }

  /** All machines with a verdict, page by page. */
  async machines(verdict: ReportedVerdict): Promise<FleetMachineDto[]> {
    const machines: FleetMachineDto[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = `?verdict=${verdict}&limit=100${cursor && `&cursor=${cursor}`}`;
      const { body } = await this.request<FleetMachineListDto>('GET', `/api/machines${query}`);
      machines.push(...body.data);
      cursor = body.nextCursor;
    }
    return machines;
  }

  /** An operator's decision about a machine. */
  decide<T = InstanceDto>(machineId: string, word: 'adopt' | 'ignore' | 'terminate'): Promise<Answer<T>> {
    return this.request('POST', `/api/machines/${machineId}/${word}`);
  }

  /** Waits until the instance has this status. Fails with its actual status. */
  async until(instance: string, status: string): Promise<InstanceDto> {
    let last: InstanceDto | null = null;
    try {
      return await eventually(`${instance} is ${status}`, async () => {
        last = await this.get(instance);
        return last.status === status ? last : null;
      });
    } catch (error) {
      throw new Error(`${instance} did not become ${status}: ${JSON.stringify(last)}`, { cause: error });
    }
  }
}
