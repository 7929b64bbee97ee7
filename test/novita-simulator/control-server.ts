import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault } from './faults.js';
import { homePage } from './home-page.js';
import type { Status } from './machine.js';
import type { ReclaimStep } from './reclaims.js';
import type { SimulatorControls } from './simulator-controls.js';
import { parseSwitches } from './switches.js';

type Body = Record<string, unknown>;
type Do = (body: Body, machineId: string) => unknown;

/**
 * Controls the simulator over HTTP, when it is a separate process. It needs no key, since it is for tests and sandboxes on this machine.
 * What cannot be done is answered with 400 and a sentence.
 */
export class ControlServer {
  private readonly routes: Record<string, Do>;

  constructor(private readonly novita: SimulatorControls) {
    this.routes = {
      'GET /_sim/ledger': () => novita.ledger(),
      'GET /_sim/machines': () => novita.machines(),
      'POST /_sim/machines': ({ name, ...rest }) => novita.addForeignMachine(text(name, 'name'), rest),
      'GET /_sim/machines/*': (_, id) => novita.machine(id),
      'GET /_sim/machines/*/log': (_, id) => ({ log: `machine ${id} is ${novita.machine(id).status}` }),
      'POST /_sim/machines/*/advance': ({ to }, id) => novita.advance(id, to as Status | undefined),
      'POST /_sim/machines/*/reclaim': ({ step }, id) => {
        novita.reclaim(id, text(step, 'step') as ReclaimStep);
      },
      'POST /_sim/machines/*/break-node': (_, id) => {
        novita.breakNode(id);
      },
      'POST /_sim/use-up-budget': () => {
        novita.useUpBudget();
      },
      'POST /_sim/machines/*/rename': ({ name }, id) => {
        novita.rename(id, text(name, 'name'));
      },
      'POST /_sim/machines/*/remove-by-hand': (_, id) => {
        novita.removeByHand(id);
      },
      'POST /_sim/machines/*/fail-boot': (body, id) => {
        novita.failBoot(id, failure(body));
      },
      'POST /_sim/machines/*/workload': (body, id) => this.changeWorkload(body, id),
      'POST /_sim/fail-next-boot': (body) => {
        novita.failBoot('nextCreate', failure(body));
      },
      'GET /_sim/requests': () => this.requestFigures(),
      'GET /_sim/requests/log': () => novita.requests(),
      'POST /_sim/faults': (body) => {
        this.addFault(body);
      },
      'DELETE /_sim/faults': () => {
        novita.faults.clear();
      },
      'GET /_sim/stock': () => novita.stock,
      'POST /_sim/stock': ({ productId, clusterId, gpus }) => {
        novita.setStock(text(productId, 'productId'), clusterId as string | undefined, Number(gpus));
      },
      'POST /_sim/price': ({ productId, price, spotPrice }) => {
        novita.setPrice(text(productId, 'productId'), Number(price), Number(spotPrice));
      },
      'GET /_sim/switches': () => novita.switches,
      'POST /_sim/switches': (body) => Object.assign(novita.switches, parseSwitches(body)),
      'GET /_sim/account': () => novita.account,
      'POST /_sim/account': (body) => Object.assign(novita.account, body),
      'GET /_sim/violations': () => novita.contractViolations,
    };
  }

  /** Answers `/` and `/_sim/…`. Other routes are unknown, and answered without JSON, as by Novita. */
  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    if (url.pathname === '/') {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(homePage(this.novita));
      return;
    }
    const [, machineId] = /^\/_sim\/machines\/([^/]+)/.exec(url.pathname) ?? [];
    const path = machineId === undefined ? url.pathname : url.pathname.replace(machineId, '*');
    const route = this.routes[`${request.method ?? ''} ${path}`];
    if (route === undefined) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
      return;
    }
    try {
      const result: unknown = await route(await readJson(request), machineId ?? '');
      this.send(response, 200, result ?? { done: true });
    } catch (error) {
      this.send(response, 400, { error: error instanceof Error ? error.message : String(error) });
    }
  }

  private send(response: ServerResponse, status: number, body: unknown): void {
    response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body, null, 2)}\n`);
  }

  private requestFigures(): unknown {
    const { novita } = this;
    return {
      total: novita.count(),
      byOperation: novita.countByOperation(),
      lastMinute: { all: novita.requestsInWindow(), reads: novita.requestsInWindow('read') },
      peakMinute: { all: novita.peakRequests(), reads: novita.peakRequests('read') },
    };
  }

  /** `{operation, fault, times?, always?, share?}`, with a {@link Fault}. */
  private addFault({ operation, fault, times, always, share }: Body): void {
    const name = text(operation, 'operation');
    if (fault === undefined) throw new Error('fault is required');
    if (share !== undefined) this.novita.faults.sometimes(name, fault as Fault, Number(share));
    else if (always === true) this.novita.faults.always(name, fault as Fault);
    else this.novita.faults.next(name, fault as Fault, Number(times ?? 1));
  }

  /** `{status?, delayMs?, listening?}` */
  private async changeWorkload({ status, delayMs, listening }: Body, machineId: string): Promise<void> {
    const workload = this.novita.workload(machineId);
    if (status !== undefined) workload.answerWith(Number(status));
    if (delayMs !== undefined) workload.answerAfter(Number(delayMs));
    if (listening === false) await workload.stopListening();
    if (listening === true) await workload.listenAgain();
  }
}

async function readJson(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body: unknown = chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString('utf8'));
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Error('the body must be a JSON object');
  return body as Body;
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '') throw new Error(`${name} is required`);
  return value;
}

function failure({ state, message }: Body): { state: string; message: string } {
  return { state: text(state, 'state'), message: text(message, 'message') };
}
