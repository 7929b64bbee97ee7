import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { HttpService } from '@nestjs/axios';
import { type AxiosRequestConfig, type AxiosResponse, isAxiosError } from 'axios';
import type { NovitaApiConfig } from '../config/config.js';
import { Secrets } from '../redaction/secrets.js';
import type { Clock } from '../time/clock.js';
import type { NovitaAnswer, NovitaFailure, NovitaReply, NovitaRequest, NovitaTransport } from './novita-transport.js';
import { type RequestPhase, watchPhase } from './request-phase.js';
import { readRetryAfter } from './retry-after.js';
import { userAgent } from './user-agent.js';

const MAX_BODY_BYTES = 256 * 1024;
/** The most reads at once. Further reads wait for a connection, within their deadline. */
const MAX_READ_SOCKETS = 16;

/**
 * Sends HTTP requests to Novita. Only this class holds the key.
 *
 * It sends each request once; follows no redirect and uses no proxy or other host; limits the size of answers; removes the key from
 * answers that repeat it; and throws no axios errors, since those contain the headers. Reads share kept connections. Each change gets a
 * new connection: if a kept one broke during a request, the outcome would be unknown.
 */
export class HttpTransport implements NovitaTransport {
  private readonly kept = {
    http: new http.Agent({ keepAlive: true, maxSockets: MAX_READ_SOCKETS }),
    https: new https.Agent({ keepAlive: true, maxSockets: MAX_READ_SOCKETS }),
  };
  private readonly fresh = {
    http: new http.Agent({ keepAlive: false }),
    https: new https.Agent({ keepAlive: false }),
  };
  private readonly userAgent = userAgent();
  private readonly key: Secrets;

  constructor(
    private readonly http: HttpService,
    private readonly config: Pick<NovitaApiConfig, 'apiKey' | 'baseUrl'>,
    private readonly clock: Clock,
  ) {
    this.key = new Secrets([config.apiKey.reveal()]);
  }

  async send(request: NovitaRequest, deadline: AbortSignal): Promise<NovitaReply> {
    const phase: RequestPhase = { sent: false, status: null };
    try {
      return this.answer(await this.http.axiosRef.request<string>(this.axiosConfig(request, deadline, phase)));
    } catch (error) {
      return failure(error, phase, deadline);
    }
  }

  close(): void {
    for (const agents of [this.kept, this.fresh]) {
      agents.http.destroy();
      agents.https.destroy();
    }
  }

  private axiosConfig(request: NovitaRequest, deadline: AbortSignal, phase: RequestPhase): AxiosRequestConfig<string> {
    const agents = request.method === 'GET' ? this.kept : this.fresh;
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(request.query ?? {})) query.set(name, String(value));
    return {
      method: request.method,
      baseURL: `${this.config.baseUrl}/v1`,
      url: query.size === 0 ? request.path : `${request.path}?${query.toString()}`,
      allowAbsoluteUrls: false,
      headers: {
        Authorization: `Bearer ${this.config.apiKey.reveal()}`,
        'User-Agent': this.userAgent,
        Accept: 'application/json',
        'Content-Type': 'application/json',
      },
      ...(request.body === undefined ? {} : { data: JSON.stringify(request.body) }),
      proxy: false,
      maxRedirects: 0,
      maxBodyLength: MAX_BODY_BYTES,
      maxContentLength: request.maxAnswerBytes,
      decompress: true,
      responseType: 'text',
      transformRequest: [(body: string | undefined) => body],
      transformResponse: [(body: string) => body],
      validateStatus: () => true,
      httpAgent: agents.http,
      httpsAgent: agents.https,
      signal: deadline,
      transport: watchedTransport(phase),
    };
  }

  private answer(response: AxiosResponse<string>): NovitaAnswer {
    const { status, headers, data } = response;
    const contentType: unknown = headers['content-type'];
    return {
      kind: 'answer',
      status,
      contentType: typeof contentType === 'string' ? contentType : null,
      retryAfterSeconds: readRetryAfter(headers['retry-after'], this.clock.now()),
      body: this.key.hideIn(data),
    };
  }
}

/** Node's http and https: they follow no redirects, and their requests show how far they got. */
const watchedTransport = (phase: RequestPhase) => ({
  request(options: https.RequestOptions, onAnswer: (answer: IncomingMessage) => void): ClientRequest {
    const request = (options.protocol === 'https:' ? https : http).request(options, onAnswer);
    watchPhase(request, phase);
    return request;
  },
});

function failure(error: unknown, phase: RequestPhase, deadline: AbortSignal): NovitaFailure {
  return {
    kind: 'failure',
    phase: phase.sent ? 'sent' : 'not-sent',
    cause: deadline.aborted ? 'timeout' : isTooLarge(error) ? 'too-large' : 'network',
    status: phase.status,
    code: errorCode(error),
  };
}

/** axios has no code for this error; the hostile-server test fails if its sentence changes. */
const isTooLarge = (error: unknown): boolean =>
  isAxiosError(error) && error.message.startsWith('maxContentLength size of');

function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? code : 'UNNAMED';
}
