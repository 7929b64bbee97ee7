import { expect } from 'vitest';
import type { ErrorCode } from '../../src/errors/error-codes.js';
import type { ApiDocument, Operation } from './api-document.js';

export interface Asked {
  path?: Record<string, string> | undefined;
  /** The query with its question mark. */
  query?: string;
  body?: unknown;
  /** A body that is sent unchanged. */
  text?: string;
  headers?: Record<string, string>;
}

export interface Answered<T> {
  status: number;
  headers: Headers;
  body: T;
}

/** What a run has seen so far. */
export class Seen {
  answers = 0;
  readonly successes = new Set<string>();
  readonly codes = new Set<string>();
}

/** Calls the API by operation id. Fails when an answer does not match the document. */
export class DocumentedApi {
  constructor(
    private readonly document: ApiDocument,
    private readonly url: string,
    readonly seen = new Seen(),
    /** Sent with every request that does not say otherwise. */
    private readonly headers: Record<string, string> = {},
  ) {}

  async ask<T>(operationId: string, asked: Asked = {}): Promise<Answered<T>> {
    const operation = this.document.operation(operationId);
    const answer = await this.send(operation, asked);
    const text = await answer.text();
    const media = answer.headers.get('content-type')?.split(';')[0] ?? '';
    const body: unknown = media.endsWith('json') ? JSON.parse(text) : text;
    this.compare(operation, answer.status, media, body);
    this.seen.answers += 1;
    if (answer.ok) this.seen.successes.add(operationId);
    return { status: answer.status, headers: answer.headers, body: body as T };
  }

  /** Asks for a stream, and leaves when its first text has come. */
  async asStream(operationId: string, asked: Asked = {}): Promise<void> {
    const operation = this.document.operation(operationId);
    const answer = await this.send(operation, asked);
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    const first = await reader?.read();
    await reader?.cancel();
    this.compare(operation, answer.status, answer.headers.get('content-type') ?? '', first?.value);
    this.seen.answers += 1;
    this.seen.successes.add(operationId);
  }

  /** Sends a request that must be refused with this code. */
  async refused(code: ErrorCode, operationId: string, asked: Asked = {}): Promise<void> {
    const { body, status } = await this.ask<{ code: string; status: number }>(operationId, asked);
    expect(body).toMatchObject({ code, status });
    this.seen.codes.add(code);
  }

  private send(
    { method, path }: Operation,
    { path: values = {}, query = '', body, text, headers }: Asked,
  ): Promise<Response> {
    const filled = path.replace(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(values[name] ?? ''));
    const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
    return fetch(this.url + filled + query, {
      method,
      headers: { ...(sent !== undefined && { 'content-type': 'application/json' }), ...this.headers, ...headers },
      ...(sent !== undefined && { body: sent }),
    });
  }

  private compare(operation: Operation, status: number, media: string, body: unknown): void {
    const what = `${operation.operationId}, ${status} ${media}`;
    const content = this.document.response(operation, status)?.content?.[media];
    if (!content) throw new Error(`${what} is not documented: ${JSON.stringify(body)}`);
    const fault = this.document.fault(content.schema, body);
    if (fault !== null) throw new Error(`${what} is not as documented: ${fault}\n${JSON.stringify(body, null, 2)}`);
  }
}
