/**
 * All connections to addresses that a caller or a workload chose go through here. Only public addresses, and those that the operator
 * allows, are reached. The address is checked when the connection is made, so that a name cannot change after the check. Redirects are
 * not followed, and bodies of answers are not read.
 */
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent';

export class GuardedConnections {
  private readonly httpAgent: http.Agent;
  private readonly httpsAgent: https.Agent;

  /** @param allowAddresses addresses and CIDRs that are allowed although they are not public */
  constructor(allowAddresses: readonly string[]) {
    // a new connection for each request: a kept one would only prove that the old process still lives
    const options = { allowIPAddressList: [...allowAddresses], keepAlive: false };
    this.httpAgent = new RequestFilteringHttpAgent(options);
    this.httpsAgent = new RequestFilteringHttpsAgent(options);
  }

  /**
   * Sends a GET and returns the status of the final answer.
   * @throws Error without an answer: refused address, network, TLS, or no answer within `timeoutSeconds`
   */
  get(url: string, userAgent: string, timeoutSeconds: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const secure = url.startsWith('https:');
      const request = (secure ? https : http).request(url, {
        method: 'GET',
        agent: secure ? this.httpsAgent : this.httpAgent,
        headers: { 'user-agent': userAgent, accept: '*/*', connection: 'close' },
      });
      // not AbortSignal.timeout: it keeps the request and its buffers in memory until the time is over
      const timer = setTimeout(() => {
        request.destroy(new Error(`no answer within ${timeoutSeconds} s`));
      }, timeoutSeconds * 1000);
      request.once('response', (response) => {
        response.destroy();
        resolve(response.statusCode ?? 0);
      });
      // 101: without a listener, Node closes the connection and emits neither `response` nor `error`
      request.once('upgrade', (response, socket) => {
        socket.destroy();
        resolve(response.statusCode ?? 0);
      });
      request.on('error', reject);
      // for an end without another event: a promise that never settles would occupy a job's place for ever
      request.once('close', () => {
        clearTimeout(timer);
        reject(new Error('hung up without an answer'));
      });
      request.end();
    });
  }

  /** Opens a TCP connection under the same rules. The caller must listen for `error`, and end it. */
  connect(host: string, port: number): net.Socket {
    return this.httpAgent.createConnection({ host, port }) as net.Socket;
  }
}
