import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent';
import { UpstreamText } from '../../redaction/upstream-text.js';
import type { ProbeTarget } from '../domain/readiness.js';
import type { ProbeAnswer, Prober } from './ports.js';

/** How soon a proxy hangs up that has nobody behind it. */
const HANG_UP_MS = 300;
const WHY_CHARACTERS = 200;
const PATH_CHARACTERS = 100;

/**
 * Asks workloads over the network. Only public addresses are reached (and those the operator allows), checked when the
 * connection is made; no redirect is followed; no answer's body is read: its status is all that counts.
 */
export class NetworkProber implements Prober {
  private readonly httpAgent: http.Agent;
  private readonly httpsAgent: https.Agent;

  /** @param hangUpMs how long a connection must stay to count */
  constructor(
    allowAddresses: readonly string[],
    private readonly hangUpMs = HANG_UP_MS,
  ) {
    // a connection of its own per question: a kept one would only prove that the old process still lives
    const options = { allowIPAddressList: [...allowAddresses], keepAlive: false };
    this.httpAgent = new RequestFilteringHttpAgent(options);
    this.httpsAgent = new RequestFilteringHttpsAgent(options);
  }

  async probe(target: ProbeTarget): Promise<ProbeAnswer> {
    const subject = subjectOf(target);
    try {
      return target.type === 'http' ? await this.askHttp(target, subject) : await this.askTcp(target, subject);
    } catch (error) {
      return failed(subject, error);
    }
  }

  private askHttp(target: Extract<ProbeTarget, { type: 'http' }>, subject: string): Promise<ProbeAnswer> {
    return new Promise((resolve, reject) => {
      const secure = target.url.startsWith('https:');
      const request = (secure ? https : http).request(target.url, {
        method: 'GET',
        agent: secure ? this.httpsAgent : this.httpAgent,
        headers: { 'user-agent': 'novitai-probe', accept: '*/*', connection: 'close' },
      });
      // no AbortSignal.timeout: it keeps the request with all its buffers until the time is over, and a fleet is asked all the time
      const timer = setTimeout(() => {
        request.destroy(new Error(`no answer within ${target.timeoutSeconds} s`));
      }, target.timeoutSeconds * 1000);
      const judge = ({ statusCode: status = 0 }: http.IncomingMessage): void => {
        const accepted = target.accept.some(({ from, to }) => status >= from && status <= to);
        resolve(accepted ? { ok: true } : failed(subject, new Error(`HTTP ${status}`)));
      };
      request.once('response', (response) => {
        response.destroy();
        judge(response);
      });
      // 101: without somebody who listens for it, Node closes and says neither `response` nor `error`
      request.once('upgrade', (response, socket) => {
        socket.destroy();
        judge(response);
      });
      request.on('error', reject);
      // whatever else may end a request without a word: a probe that never ends would keep its job's place for ever
      request.once('close', () => {
        clearTimeout(timer);
        reject(new Error('hung up without an answer'));
      });
      request.end();
    });
  }

  /**
   * A connection alone proves little: Novita's proxy accepts in the name of a workload that does not listen yet, and hangs up.
   * So it counts when it speaks, or when it is still there a moment later.
   */
  private askTcp(target: Extract<ProbeTarget, { type: 'tcp' }>, subject: string): Promise<ProbeAnswer> {
    return new Promise((resolve) => {
      // the filtering agent makes the connection, so that the same rules hold as for http
      const socket = this.httpAgent.createConnection({ host: target.host, port: target.tcpPort }) as net.Socket;
      let timer = setTimeout(() => {
        end({ ok: false, why: `${subject}: no connection within ${target.timeoutSeconds} s` });
      }, target.timeoutSeconds * 1000);
      const end = (result: ProbeAnswer): void => {
        clearTimeout(timer);
        socket.destroy();
        resolve(result);
      };
      socket.once('connect', () => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          end({ ok: true });
        }, this.hangUpMs);
      });
      socket.once('data', () => {
        end({ ok: true });
      });
      socket.once('end', () => {
        end({ ok: false, why: `${subject} accepts and hangs up` });
      });
      socket.once('error', (error) => {
        end(failed(subject, error));
      });
    });
  }
}

/** The path without its query, which may hold a token. */
const subjectOf = (target: ProbeTarget): string => {
  if (target.type === 'tcp') return `port ${target.port}`;
  const { pathname } = new URL(target.url);
  const path = pathname.length > PATH_CHARACTERS ? `${pathname.slice(0, PATH_CHARACTERS)}…` : pathname;
  return `GET ${path} at port ${target.port}`;
};

/** Node puts what the other side sent into some errors: the names in a certificate, for one. */
const failed = (subject: string, error: unknown): ProbeAnswer => ({
  ok: false,
  why: new UpstreamText(`${subject}: ${error instanceof Error ? error.message : 'no answer'}`, WHY_CHARACTERS),
});
