import type { Clock } from '../time/clock.js';
import type { Random } from '../time/ids.js';
import { NovitaCalls, type NovitaOperation, type OnCall, type OnCircuit } from './novita-calls.js';
import {
  type ActionOutcome,
  type Cluster,
  type CreateMachine,
  type CreateOutcome,
  type EditMachine,
  type Look,
  type MachineList,
  type NovitaClient,
  ListCutShort,
  type NewRegistryAuth,
  NovitaUnavailable,
  type Product,
  type RegistryAuth,
  type RequestKind,
  type Template,
  type UpgradeMachine,
  type Volume,
} from './novita-client.js';
import { NovitaReads } from './novita-reads.js';
import type { NovitaReply, NovitaRequest, NovitaTransport } from './novita-transport.js';
import { PageSize } from './page-size.js';
import { PageWalk, type Walk } from './page-walk.js';
import type { RequestBudget } from './request-budget.js';
import { sortActionAnswer, sortCreateAnswer } from './sort-answer.js';
import { decodeCluster, decodeProduct, decodeRegistryAuth } from './wire/catalogue.wire.js';
import { encodeEdit, encodeUpgrade } from './wire/content.wire.js';
import { encodeCreate } from './wire/create.wire.js';
import { decodeMachine } from './wire/machine.wire.js';
import { decodeData, decodeMachinePage, decodeTemplatePage, decodeVolumePage, type Page } from './wire/page.wire.js';
import { decodeTemplate } from './wire/template.wire.js';
import type { JsonObject } from './wire/read-fields.js';
import type { BillingMode } from '../vocabulary/billing-mode.js';

const SMALL_ANSWER_BYTES = 256 * 1024;
/** Honest lists exceed 256 KB: a page repeats the environment of each machine, or the readme of each template. */
const LIST_ANSWER_BYTES = 8 * 1024 * 1024;
/** Novita's documentation asks for both parameters. */
const TEMPLATE_CHANNELS = [
  { channel: 'official', isMyCommunity: false },
  { channel: 'private', isMyCommunity: true },
];

interface HttpNovitaClientParts {
  transport: NovitaTransport;
  clock: Clock;
  random: Random;
  budget: RequestBudget;
  /** For one operation including its retries, or for one page of a list. */
  timeoutMs: number;
  /** Called for every HTTP request, including those that were held back. */
  onCall?: OnCall;
  onCircuit?: OnCircuit;
}

/** What is known about a paged list: where its pages begin, and how long they may be. */
interface PagedList {
  walk: PageWalk;
  size: PageSize;
}

/** Novita's v1 API over HTTP. Its only state: connections, circuits, and how lists are paged. */
export class HttpNovitaClient implements NovitaClient {
  private readonly calls: NovitaCalls;
  private readonly reads: NovitaReads;
  private readonly machinePages: PagedList;
  private readonly templatePages: PagedList;
  private readonly volumePages: PagedList;

  constructor(private readonly parts: HttpNovitaClientParts) {
    const { transport, clock, random, budget, timeoutMs } = parts;
    const onCall = parts.onCall ?? (() => undefined);
    const onCircuit = parts.onCircuit ?? (() => undefined);
    this.calls = new NovitaCalls({ transport, budget, clock, onCall, onCircuit });
    this.reads = new NovitaReads(this.calls, clock, random, timeoutMs);
    this.machinePages = { walk: new PageWalk(), size: new PageSize(clock) };
    this.templatePages = { walk: new PageWalk(), size: new PageSize(clock) };
    this.volumePages = { walk: new PageWalk(), size: new PageSize(clock) };
  }

  async createMachine(request: CreateMachine): Promise<CreateOutcome> {
    return this.change('create', 'create', '/gpu/instance/create', encodeCreate(request), sortCreateAnswer);
  }

  startMachine(machineId: string): Promise<ActionOutcome> {
    return this.act('start', 'create', machineId);
  }

  stopMachine(machineId: string): Promise<ActionOutcome> {
    return this.act('stop', 'release', machineId);
  }

  restartMachine(machineId: string): Promise<ActionOutcome> {
    return this.act('restart', 'create', machineId);
  }

  migrateMachine(machineId: string): Promise<ActionOutcome> {
    // asks to keep the disk: nodes that cannot do so ignore it
    const body = { instanceId: machineId, saveData: true };
    return this.change('migrate', 'create', '/gpu/instance/migrate', body, sortActionAnswer);
  }

  deleteMachine(machineId: string): Promise<ActionOutcome> {
    return this.act('delete', 'release', machineId);
  }

  editMachine(request: EditMachine): Promise<ActionOutcome> {
    return this.change('edit', 'create', '/gpu/instance/edit', encodeEdit(request), sortActionAnswer);
  }

  upgradeMachine(request: UpgradeMachine): Promise<ActionOutcome> {
    return this.change('upgrade', 'create', '/gpu/instance/upgrade', encodeUpgrade(request), sortActionAnswer);
  }

  async lookAtMachine(machineId: string): Promise<Look> {
    const answer = await this.reads.read('look', get('/gpu/instance', { instanceId: machineId }));
    if (answer.kind === 'missing') return answer;
    const machine = decodeMachine(answer.body);
    if (machine?.machineId !== machineId)
      throw new NovitaUnavailable('unreadable', 'look: not the machine we asked for');
    return { kind: 'seen', machine };
  }

  async listMachines(): Promise<MachineList> {
    const { rows, ...walk } = await this.readPages(this.machinePages, (page) =>
      this.readPage('list-machines', '/gpu/instances', page, decodeMachinePage),
    );
    return { machines: rows, ...walk };
  }

  listProducts(filter: { billingMode: BillingMode; gpuNum?: number }): Promise<Product[]> {
    const query = {
      billingMethod: filter.billingMode,
      ...(filter.gpuNum === undefined ? {} : { gpuNum: filter.gpuNum }),
    };
    return this.readData('list-products', '/products', query, decodeProduct);
  }

  listClusters(): Promise<Cluster[]> {
    return this.readData('list-clusters', '/clusters', {}, decodeCluster);
  }

  listRegistryAuths(): Promise<RegistryAuth[]> {
    return this.readData('list-registry-auths', '/repository/auths', {}, decodeRegistryAuth);
  }

  saveRegistryAuth({ name, username, password }: NewRegistryAuth): Promise<ActionOutcome> {
    const body = { name, username, password };
    return this.change('save-registry-auth', 'create', '/repository/auth/save', body, sortActionAnswer);
  }

  deleteRegistryAuth(registryAuthId: string): Promise<ActionOutcome> {
    const body = { id: registryAuthId };
    return this.change('delete-registry-auth', 'create', '/repository/auth/delete', body, sortActionAnswer);
  }

  async listVolumes(): Promise<Volume[]> {
    // this list counts its pages from 1
    const { rows } = await this.readPages(this.volumePages, ({ pageNum, pageSize }) =>
      this.readPage('list-volumes', '/networkstorages/list', { pageNo: pageNum + 1, pageSize }, decodeVolumePage),
    );
    return rows;
  }

  async listTemplates(): Promise<Template[]> {
    const templates = new Map<string, Template>();
    for (const channel of TEMPLATE_CHANNELS) {
      const { rows } = await this.readPages(this.templatePages, (page) =>
        this.readPage('list-templates', '/templates', { ...channel, type: 'instance', ...page }, decodeTemplatePage),
      );
      for (const template of rows) if (template) templates.set(template.templateId, template);
    }
    return [...templates.values()];
  }

  async getTemplate(templateId: string): Promise<Template | null> {
    const answer = await this.reads.read('get-template', get('/template', { templateId }), {
      missingReasons: ['TEMPLATE_NOT_FOUND', 'TEMPLATE_IS_PRIVATE'],
    });
    if (answer.kind === 'missing') return null;
    const template = decodeTemplate(answer.body);
    if (template?.templateId !== templateId)
      throw new NovitaUnavailable('unreadable', 'get-template: not the template we asked for');
    return template;
  }

  budget(kind: RequestKind): Promise<{ available: number; nextInMs: number }> {
    return this.calls.budget(kind);
  }

  /** Called by Nest when the process ends. Running requests fail then. */
  onApplicationShutdown(): void {
    this.parts.transport.close();
  }

  private act(
    action: 'start' | 'stop' | 'restart' | 'delete',
    kind: RequestKind,
    machineId: string,
  ): Promise<ActionOutcome> {
    return this.change(action, kind, `/gpu/instance/${action}`, { instanceId: machineId }, sortActionAnswer);
  }

  private async change<Outcome>(
    operation: NovitaOperation,
    kind: RequestKind,
    path: string,
    body: JsonObject,
    sort: (reply: NovitaReply) => Outcome,
  ): Promise<Outcome | { kind: 'not-sent'; why: string }> {
    const request: NovitaRequest = { method: 'POST', path, body, maxAnswerBytes: SMALL_ANSWER_BYTES };
    const reply = await this.calls.once(operation, kind, request, this.parts.timeoutMs);
    return reply.kind === 'held-back' ? { kind: 'not-sent', why: reply.why } : sort(reply);
  }

  private async readData<Row>(
    operation: NovitaOperation,
    path: string,
    query: NovitaRequest['query'],
    decodeRow: (row: unknown) => Row | null,
  ): Promise<Row[]> {
    const answer = await this.reads.read(operation, get(path, query));
    if (answer.kind === 'missing') return [];
    const rows = decodeData(answer.body, decodeRow);
    if (rows === null) throw new NovitaUnavailable('unreadable', `${operation}: no list in the answer`);
    return rows;
  }

  /** Halves the page size and reads again when Novita refuses the size, or when the answer is too large. */
  private async readPages<Row>(
    { walk, size }: PagedList,
    fetchPage: (page: { pageNum: number; pageSize: number }) => Promise<Page<Row>>,
  ): Promise<Walk<Row>> {
    for (;;) {
      const pageSize = size.current();
      let pagesRead = 0;
      try {
        return await walk.walk(async (pageNum) => {
          const page = await fetchPage({ pageNum, pageSize });
          pagesRead += 1;
          return page;
        });
      } catch (error) {
        if (error instanceof NovitaUnavailable && error.why === 'budget') throw new ListCutShort(pagesRead, error);
        const isOfSize = error instanceof NovitaUnavailable && (error.why === 'refused' || error.why === 'too-large');
        if (!isOfSize || !size.shrink()) throw error;
      }
    }
  }

  /** "Not found" for a list becomes an empty page that proves nothing. */
  private async readPage<Row>(
    operation: NovitaOperation,
    path: string,
    query: NovitaRequest['query'],
    decode: (body: unknown) => Page<Row> | null,
  ): Promise<Page<Row>> {
    const answer = await this.reads.read(operation, get(path, query));
    if (answer.kind === 'missing') return { rows: [], unreadable: 0, total: null, isList: false };
    const page = decode(answer.body);
    if (page === null) throw new NovitaUnavailable('unreadable', `${operation}: no list in the answer`);
    return page;
  }
}

const get = (path: string, query: NovitaRequest['query'] = {}): NovitaRequest => ({
  method: 'GET',
  path,
  query,
  maxAnswerBytes: LIST_ANSWER_BYTES,
});
