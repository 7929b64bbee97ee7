import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './answer.js';
import { Contract } from './contract.js';
import { spoilsAnswer, type Faults, type FaultSpec } from './faults.js';
import type { Journal } from './journal.js';
import type { ApiRequest, Base, Operation } from './operations/operation.js';
import { findOperation } from './operations/operations.js';
import { Refusal } from './refusal.js';
import type { LoggedRequest, RequestLog } from './request-log.js';
import { sendAnswer, sendSpoiled } from './send-answer.js';
import { Timers } from './timers.js';
import type { World } from './world.js';

export const API_PREFIX = '/gpu-instance/openapi/v1';
export const ACCOUNT_PREFIX = '/openapi/v1';
const BASES: readonly [prefix: string, base: Base][] = [
  [API_PREFIX, 'gpu'],
  [ACCOUNT_PREFIX, 'account'],
];

/** The base of a path and the path below it, or null when it is not one of the API. */
export function apiPlace(pathname: string): { base: Base; path: string } | null {
  const found = BASES.find(([prefix]) => pathname.startsWith(`${prefix}/`));
  return found === undefined ? null : { base: found[1], path: pathname.slice(found[0].length) };
}

export interface ApiServerParts {
  world: World;
  faults: Faults;
  log: RequestLog;
  journal: Journal;
  /** Undefined: every non-empty key is accepted. */
  apiKey: string | undefined;
  violations: string[];
  crashes: Error[];
}

/** Takes requests to `/v1/…`, executes them, checks the answer against the contract, and sends it or what a fault demands. */
export class ApiServer {
  private readonly timers: Timers;
  private waits = 0;

  constructor(private readonly parts: ApiServerParts) {
    this.timers = new Timers(parts.world.clock);
  }

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { world, faults, log } = this.parts;
    const place = apiPlace(url.pathname);
    const operation = place === null ? undefined : findOperation(place.base, request.method ?? '', place.path);
    const entry = log.add({
      at: world.clock.now(),
      method: request.method ?? '',
      path: url.pathname,
      operation: operation?.id ?? 'unknownRoute',
      kind: operation?.kind ?? 'other',
      query: Object.fromEntries(url.searchParams),
      bodyKeys: [],
      machineId: url.searchParams.get('instanceId'),
      status: null,
      faulty: false,
    });
    const text = await readBody(request);
    if (text === null) return;
    if (operation === undefined) {
      entry.status = 404;
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
      return;
    }
    const fault = faults.take(operation.id);
    entry.faulty = fault !== null;
    const perform = () => {
      const answer = this.perform(operation, text, request, url, fault, entry);
      this.keep(operation, entry, answer, fault);
      return answer;
    };
    if (fault === null) this.reply(response, operation, perform(), entry);
    else await this.goWrong(fault, operation, perform, response, entry);
  }

  private async goWrong(
    fault: FaultSpec,
    operation: Operation,
    perform: () => Answer,
    response: ServerResponse,
    entry: LoggedRequest,
  ): Promise<void> {
    const spoils = spoilsAnswer(fault);
    const early = fault.after === true || fault.partialJson === true ? perform() : null;
    if (fault.delayMs !== undefined) await this.wait(fault.delayMs);
    if (!spoils) {
      this.reply(response, operation, early ?? perform(), entry);
      return;
    }
    if (fault.executeLateMs !== undefined) this.later(fault.executeLateMs, perform);
    void fault.executeUpon?.then(perform);
    sendSpoiled(response, fault, early, entry);
  }

  /** Cancels pending effects of faults. */
  close(): Promise<void> {
    return this.timers.close();
  }

  private wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.later(ms, resolve);
    });
  }

  private later(ms: number, act: () => void): void {
    this.timers.set(String((this.waits += 1)), ms, act);
  }

  private perform(
    operation: Operation,
    text: string,
    request: IncomingMessage,
    url: URL,
    fault: FaultSpec | null,
    entry: LoggedRequest,
  ): Answer {
    const { world, log, crashes } = this.parts;
    try {
      const badKey = this.badKeyAnswer(request);
      if (badKey !== null) return badKey;
      if (log.recent(world.clock.now(), 60_000) > world.account.requestsPerMinute) {
        throw new Refusal(429, 'RATE_LIMIT_EXCEEDED', 'rate limit exceeded');
      }
      const body = parseBody(text);
      if (typeof body === 'object' && body !== null) entry.bodyKeys = Object.keys(body);
      const answer = operation.act(world, { query: url.searchParams, body, fault } satisfies ApiRequest);
      entry.machineId ??= namedMachine(body, 'instanceId') ?? namedMachine(answer.body, 'id');
      return answer;
    } catch (error) {
      if (error instanceof Refusal) return this.refusalAnswer(error);
      crashes.push(error instanceof Error ? error : new Error(String(error)));
      return { status: 500, body: { code: 500, reason: 'UNKNOWN', message: 'unknown error', metadata: {} } };
    }
  }

  private keep(operation: Operation, entry: LoggedRequest, { status }: Answer, fault: FaultSpec | null): void {
    if (operation.kind === 'read') return;
    const { journal, world } = this.parts;
    const { at: arrivedAt, kind, machineId } = entry;
    journal.write({
      what: 'done',
      at: world.clock.now(),
      arrivedAt,
      operation: operation.id,
      kind,
      machineId,
      status,
      fault,
    });
  }

  private refusalAnswer(refusal: Refusal): Answer {
    const withRetryAfter = refusal.status === 429 && this.parts.world.switches.retryAfter === 'present';
    return {
      status: refusal.status,
      body: refusal.body(this.parts.world.switches),
      headers: withRetryAfter ? { 'retry-after': '5' } : {},
    };
  }

  private badKeyAnswer(request: IncomingMessage): Answer | null {
    const [, key = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    const { apiKey, world } = this.parts;
    if (apiKey === undefined ? key !== '' : key === apiKey) return null;
    switch (world.switches.badKey) {
      case '401':
        return this.refusalAnswer(new Refusal(401, 'UNAUTHORIZED', 'unauthorized'));
      case '403':
        return this.refusalAnswer(new Refusal(403, 'INVALID_API_KEY', 'invalid api key'));
      case '401Text':
        return { status: 401, text: 'unauthorized\n', deliberate: true };
    }
  }

  private reply(response: ServerResponse, operation: Operation, answer: Answer, entry: LoggedRequest): void {
    entry.status = answer.status;
    if (answer.deliberate !== true) {
      const wrong = Contract.load().responseError(operation, answer.status, answer.body);
      if (wrong !== null) this.parts.violations.push(`${operation.id} ${answer.status}: ${wrong}`);
    }
    sendAnswer(response, answer);
  }
}

const MAX_BODY_BYTES = 1_000_000;

/** The body, or null when the client closed the connection before its end. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    }
  } catch {
    return null;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, 'REQUEST', 'body is not JSON');
  }
}

function namedMachine(body: unknown, key: string): string | null {
  const value = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[key] : undefined;
  return typeof value === 'string' ? value : null;
}
