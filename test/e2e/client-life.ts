/**
 * The whole life of an instance, driven as a caller would who has only docs/openapi.json: through the client generated from it,
 * with its types. `npm run client:check` compiles this beside the client as strictly as a caller might.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, createConfig, type Client } from './generated-client/client/index.js';
import * as novitai from './generated-client/index.js';
import type {
  ErrorCode,
  Fleet,
  Instance,
  InstanceStatus,
  Job,
  MachineVerdict,
  Problem,
} from './generated-client/index.js';

export interface LifeSeen {
  created: Instance;
  ready: Instance;
  stopped: Instance;
  restarted: Instance;
  deleted: Instance;
  /** In the order in which they were seen, without repetitions. */
  statuses: InstanceStatus[];
  eventTypes: string[];
  jobs: Job[];
}

export const clientOf = (baseUrl: string): Client => createClient(createConfig({ baseUrl }));

/** Chooses from the catalogue, buys, follows, stops, starts, restarts and deletes. */
export const liveOneLife = async (client: Client, name: string): Promise<LifeSeen> => {
  const life = new Life(client, name);
  const created = await life.create();
  const ready = await life.until('ready');
  await life.ask('stopInstance');
  const stopped = await life.until('stopped');
  await life.ask('startInstance');
  await life.until('ready');
  await life.ask('restartInstance');
  await life.until('starting');
  const restarted = await life.until('ready');
  await life.ask('deleteInstance');
  const deleted = await life.until('deleted');
  const { statuses } = life;
  return {
    created,
    ready,
    stopped,
    restarted,
    deleted,
    statuses,
    eventTypes: await life.events(),
    jobs: await life.jobs(),
  };
};

/** Asks for something impossible and returns the code of the refusal and where it points. */
export const askForTooMuch = async (client: Client): Promise<{ code: ErrorCode; pointers: string[] }> => {
  const { data, error } = await novitai.createInstance({
    client,
    body: { name: 'too-much', productName: 'RTX 4090', templateId: '104002', gpuNum: 99 },
  });
  if (data !== undefined) throw new Error('99 GPUs were promised');
  return { code: error.code, pointers: (error.errors ?? []).map(({ pointer }) => pointer) };
};

/** What an operator looks at first, and the ids of the machines of one verdict. */
export const lookAtFleet = async (
  client: Client,
  verdict: MachineVerdict,
): Promise<{ fleet: Fleet; machineIds: string[] }> => {
  const { data: fleet } = await novitai.getFleet({ client, throwOnError: true });
  const { data } = await novitai.listMachines({ client, query: { verdict: [verdict] }, throwOnError: true });
  return { fleet, machineIds: data.data.map(({ id }) => id) };
};

/** What is said to a person who decides on a machine that is not there, and what resuming answers with. */
export const decideInVain = async (client: Client): Promise<{ codes: (ErrorCode | undefined)[]; resumed: Fleet }> => {
  const path = { id: 'nobody' };
  const { error: adopting } = await novitai.adoptMachine({ client, path });
  const { error: ignoring } = await novitai.ignoreMachine({ client, path });
  const { error: terminating } = await novitai.terminateMachine({ client, path });
  const { error: declaring } = await novitai.declareMachineGone({ client, path });
  const { data: resumed } = await novitai.resumeFleet({ client, throwOnError: true });
  return { codes: [adopting?.code, ignoring?.code, terminating?.code, declaring?.code], resumed };
};

/** The ids of the instances with this label that are in one of these statuses. */
export const findByLabel = async (client: Client, label: string, status: InstanceStatus[]): Promise<string[]> => {
  const { data } = await novitai.listInstances({ client, query: { label: [label], status }, throwOnError: true });
  return data.data.map(({ id }) => id);
};

class Life {
  readonly statuses: InstanceStatus[] = [];
  private readonly client: Client;
  private readonly name: string;
  private id = '';

  constructor(client: Client, name: string) {
    this.client = client;
    this.name = name;
  }

  async create(): Promise<Instance> {
    const { client, name } = this;
    const offers = (await novitai.listOffers({ client, query: { billingMode: 'spot', gpuNum: 1 }, throwOnError: true }))
      .data;
    const regions = (await novitai.listRegions({ client, throwOnError: true })).data;
    const templates = (await novitai.listTemplates({ client, throwOnError: true })).data;
    const offer = offers.data.find(({ available }) => available);
    const region = regions.data.find(({ id }) => id === offer?.regionId);
    const template = templates.data.find(({ ports }) => ports.some(({ protocol }) => protocol === 'http'));
    if (!offer || !region || !template) throw new Error('nothing to choose from');
    const { data, response } = await novitai.createInstance({
      client,
      headers: { 'Idempotency-Key': `order-of-${name}` },
      body: {
        name,
        productName: offer.productName,
        region: region.id,
        billingMode: offer.billingMode,
        maxPricePerGpuHour: offer.pricePerGpuHour.amount,
        templateId: template.id,
        labels: { made: 'by-the-generated-client' },
        readiness: { timeoutSeconds: 2 },
      },
      throwOnError: true,
    });
    if (response.headers.get('etag') === null) throw new Error('a create without an ETag');
    this.id = data.id;
    return data;
  }

  async ask(verb: 'stopInstance' | 'startInstance' | 'restartInstance' | 'deleteInstance'): Promise<void> {
    const { data, error } = await novitai[verb]({ client: this.client, path: { instance: this.id } });
    if (data === undefined) throw new Error(refusal(verb, error));
  }

  async until(status: InstanceStatus): Promise<Instance> {
    for (let look = 0; look < 1500; look++) {
      const { data, error } = await novitai.getInstance({ client: this.client, path: { instance: this.id } });
      if (data === undefined) throw new Error(refusal('getInstance', error));
      if (this.statuses.at(-1) !== data.status) this.statuses.push(data.status);
      if (data.status === status) return data;
      if (data.failure) throw new Error(`${data.failure.code}: ${data.failure.message}`);
      await sleep(20);
    }
    throw new Error(`never ${status}: ${this.statuses.join(', ')}`);
  }

  async events(): Promise<string[]> {
    const types: string[] = [];
    let cursor: string | null | undefined;
    do {
      const { data } = await novitai.listInstanceEvents({
        client: this.client,
        path: { instance: this.id },
        query: { limit: 5, ...(cursor && { cursor }) },
        throwOnError: true,
      });
      types.push(...data.data.map(({ type }) => type));
      cursor = data.nextCursor;
    } while (cursor !== null);
    return types;
  }

  async jobs(): Promise<Job[]> {
    const { data } = await novitai.listJobs({ client: this.client, query: { limit: 100 }, throwOnError: true });
    return data.data;
  }
}

const refusal = (operation: string, { code, detail, requestId }: Problem): string =>
  `${operation} was refused: ${code}, ${detail} (${requestId})`;
