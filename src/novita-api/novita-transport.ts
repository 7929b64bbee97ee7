import type { JsonObject } from './wire/read-fields.js';

export interface NovitaRequest {
  method: 'GET' | 'POST';
  /** Below `/v1`, with a leading slash; a constant, so that no id can lead elsewhere. */
  path: string;
  query?: Record<string, string | number | boolean>;
  body?: JsonObject;
  /** Answers above this many bytes, unpacked, are cut off. */
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
  /** `not-sent` is certain: no byte of the request left this machine. `sent` means that it may have. */
  phase: 'not-sent' | 'sent';
  cause: 'timeout' | 'network' | 'too-large';
  /** The status when the head of an answer came and its body did not. */
  status: number | null;
  /** An error code such as `ECONNREFUSED`; never text from the other side. */
  code: string;
}

export type NovitaReply = NovitaAnswer | NovitaFailure;

/** One HTTP request, once: no retry, no redirect. Never throws. The signal is the deadline and covers everything from DNS on. */
export interface NovitaTransport {
  send(request: NovitaRequest, deadline: AbortSignal): Promise<NovitaReply>;
  close(): void;
}
