import type { JsonObject } from './wire/read-fields.js';

export interface NovitaRequest {
  method: 'GET' | 'POST';
  /** Path below `/v1`, with a leading slash. It is a constant, so that no id can change it. */
  path: string;
  query?: Record<string, string | number | boolean>;
  body?: JsonObject;
  /** A larger answer, in decompressed bytes, is aborted. */
  maxAnswerBytes: number;
}

export interface NovitaAnswer {
  kind: 'answer';
  status: number;
  contentType: string | null;
  retryAfterSeconds: number | null;
  body: string;
}

export interface NovitaFailure {
  kind: 'failure';
  /** `not-sent` is certain: no byte of the request left this machine. `sent`: some may have. */
  phase: 'not-sent' | 'sent';
  cause: 'timeout' | 'network' | 'too-large';
  /** The status, when the headers of an answer arrived and its body did not. */
  status: number | null;
  /** An error code such as `ECONNREFUSED`; never text of the server. */
  code: string;
}

export type NovitaReply = NovitaAnswer | NovitaFailure;

/** Sends one HTTP request once: no retry, no redirect. Never throws. The deadline covers everything from DNS on. */
export interface NovitaTransport {
  send(request: NovitaRequest, deadline: AbortSignal): Promise<NovitaReply>;
  close(): void;
}
