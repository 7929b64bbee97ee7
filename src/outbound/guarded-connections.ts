/**
 * The only way to addresses that a caller or a workload gave us. Only public addresses are reached, and those the operator allows; the address
 * is checked when the connection is made, so a name that changes between the check and the connection reaches nothing private.
 * No redirect is followed, and no body of an answer is read.
 */
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent';

export class GuardedConnections {
  private readonly httpAgent: http.Agent;
  private readonly httpsAgent: https.Agent;

  /** @param allowAddresses addresses and CIDRs that are reached although they are not public */
  constructor(allowAddresses: readonly string[]) {
    // a connection of its own for each request: a kept one would only prove that the old process still lives
    const options = { allowIPAddressList: [...allowAddresses], keepAlive: false };
    this.httpAgent = new RequestFilteringHttpAgent(options);
    this.httpsAgent = new RequestFilteringHttpsAgent(options);
  }

  /**
   * Sends a GET and answers with the status of the final answer.
   * @throws Error when no answer came: refused address, network, TLS, or `timeoutSeconds` are over
   */
  get(url: string, userAgent: string, timeoutSeconds: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const secure = url.startsWith('https:');
      const request = (secure ? https : http).request(url, {
        method: 'GET',
        agent: secure ? this.httpsAgent : this.httpAgent,
        headers: { 'user-agent': userAgent, accept: '*/*', connection: 'close' },
      });
      // no AbortSignal.timeout: it keeps the request and its buffers until the time is over, and a fleet is asked all the time
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
      // whatever else may end a request without an event: a promise that never settles would keep a job's place for ever
      request.once('close', () => {
        clearTimeout(timer);
        reject(new Error('hung up without an answer'));
      });
      request.end();
    });
  }

  /** A TCP connection under the same rules. The caller listens for `error`, and ends it. */
  connect(host: string, port: number): net.Socket {
    return this.httpAgent.createConnection({ host, port }) as net.Socket;
  }
}
