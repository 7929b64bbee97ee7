/**
 * All connections to addresses that a caller or a workload chose go through here. Only public addresses, and those that the operator
 * allows, are reached. The address is checked when the connection is made, so that a name cannot change after the check. Redirects are
 * not followed, proxies of the environment are not used, and answers are read up to a bound of bytes and time.
 */
import dns from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent';
import { isAllowedAddress } from './public-address.js';

/** It does not name the address: that would tell a caller what is in the operator's network. */
const REFUSED = 'the address is not public, and the operator does not allow it';

export interface OutboundPost {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** For everything, from the name to the last byte that is read. */
  timeoutSeconds: number;
  /** The rest of the answer's body is not read. */
  mostAnswerBytes: number;
  signal?: AbortSignal;
}

export interface OutboundAnswer {
  status: number;
  /** The header `Retry-After` as sent, or null. */
  retryAfter: string | null;
  body: Buffer;
  isBodyCut: boolean;
}

export class GuardedConnections {
  private readonly httpAgent: http.Agent;
  private readonly httpsAgent: https.Agent;

  /**
   * @param allowAddresses addresses and CIDRs that are allowed although they are not public
   * @param lookup resolves names; tests have their own
   */
  constructor(
    private readonly allowAddresses: readonly string[],
    private readonly lookup: net.LookupFunction = dns.lookup,
  ) {
    // a new connection for each request: a kept one would only prove that the old process still lives
    const options = { allowIPAddressList: [...allowAddresses], keepAlive: false };
    this.httpAgent = this.judging(new RequestFilteringHttpAgent(options));
    this.httpsAgent = this.judging(new RequestFilteringHttpsAgent(options));
  }

  /**
   * Sends a GET and returns the status of the final answer.
   * @throws Error without an answer: refused address, network, TLS, or no answer within `timeoutSeconds`
   */
  get(url: string, userAgent: string, timeoutSeconds: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const headers = { 'user-agent': userAgent, accept: '*/*' };
      const request = this.request('GET', url, headers, timeoutSeconds, reject);
      request.once('response', (response) => {
        response.destroy();
        resolve(response.statusCode ?? 0);
      });
      // 101: without a listener, Node closes the connection and emits neither `response` nor `error`
      request.once('upgrade', (response, socket) => {
        socket.destroy();
        resolve(response.statusCode ?? 0);
      });
      request.end();
    });
  }

  /**
   * Sends a POST and returns the answer. An answer whose body breaks off, or does not end in time, counts with what came of it.
   * @throws Error without an answer, as {@link get} does
   */
  post({ url, headers, body, timeoutSeconds, mostAnswerBytes, signal }: OutboundPost): Promise<OutboundAnswer> {
    return new Promise((resolve, reject) => {
      const sent = { ...headers, 'content-length': String(Buffer.byteLength(body)) };
      const request = this.request('POST', url, sent, timeoutSeconds, reject);
      const abort = (): void => {
        request.destroy(new Error('aborted'));
      };
      signal?.addEventListener('abort', abort, { once: true });
      request.once('close', () => signal?.removeEventListener('abort', abort));
      request.once('response', (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        const end = (): void => {
          response.destroy();
          resolve({
            status: response.statusCode ?? 0,
            retryAfter: response.headers['retry-after'] ?? null,
            body: Buffer.concat(chunks).subarray(0, mostAnswerBytes),
            isBodyCut: bytes > mostAnswerBytes,
          });
        };
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          chunks.push(chunk);
          if (bytes > mostAnswerBytes) end();
        });
        response.once('end', end);
        response.once('error', end);
        response.once('close', end);
      });
      request.once('upgrade', (response, socket) => {
        socket.destroy();
        resolve({ status: response.statusCode ?? 0, retryAfter: null, body: Buffer.alloc(0), isBodyCut: false });
      });
      if (signal?.aborted) abort();
      request.end(body);
    });
  }

  /** Opens a TCP connection under the same rules. The caller must listen for `error`, and end it. */
  connect(host: string, port: number): net.Socket {
    return this.httpAgent.createConnection({ host, port }) as net.Socket;
  }

  private request(
    method: string,
    url: string,
    headers: Readonly<Record<string, string>>,
    timeoutSeconds: number,
    reject: (error: Error) => void,
  ): http.ClientRequest {
    const secure = new URL(url).protocol === 'https:';
    const request = (secure ? https : http).request(url, {
      method,
      agent: secure ? this.httpsAgent : this.httpAgent,
      headers: { ...headers, connection: 'close' },
    });
    // not AbortSignal.timeout: it keeps the request and its buffers in memory until the time is over
    const timer = setTimeout(() => {
      request.destroy(new Error(`no answer within ${timeoutSeconds} s`));
    }, timeoutSeconds * 1000);
    request.on('error', reject);
    // for an end without another event: a promise that never settles would occupy a job's place for ever
    request.once('close', () => {
      clearTimeout(timer);
      reject(new Error('hung up without an answer'));
    });
    return request;
  }

  /** Adds to the library's judgement what its list of ranges lets pass: see `public-address`. */
  private judging<T extends http.Agent>(agent: T): T {
    const create = agent.createConnection.bind(agent);
    agent.createConnection = (options, listener) => {
      const { host } = options as { host?: string };
      if (host !== undefined && net.isIP(host) !== 0 && !this.isAllowed(host)) return failedSocket(listener);
      return create({ ...options, lookup: this.judgedLookup }, listener);
    };
    return agent;
  }

  private isAllowed(address: string): boolean {
    return isAllowedAddress(address, this.allowAddresses);
  }

  /** A name with one address that is refused is refused whole: Node would choose among its addresses. */
  private readonly judgedLookup: net.LookupFunction = (host, options, callback) => {
    this.lookup(host, options, (error, found, family) => {
      const addresses =
        typeof found === 'string' ? [found] : (found as dns.LookupAddress[] | undefined)?.map(addressOf);
      if (error || addresses?.every((address) => this.isAllowed(address))) callback(error, found, family);
      else callback(new Error(REFUSED), found, family);
    });
  };
}

const addressOf = ({ address }: dns.LookupAddress): string => address;

/**
 * A connection that was never made. A request is told through the listener of its agent: it does not listen to the socket yet when that
 * fails at once, and would wait until its time is over.
 */
const failedSocket = (listener: ((error: Error | null, socket: net.Socket) => void) | undefined): net.Socket => {
  const socket = new net.Socket();
  if (listener) listener(new Error(REFUSED), socket);
  else socket.destroy(new Error(REFUSED));
  return socket;
};
