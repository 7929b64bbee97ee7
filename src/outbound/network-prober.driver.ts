import type { ProbeAnswer, ProbeTarget, Prober } from './probe.js';
import type { GuardedConnections } from './guarded-connections.js';
import { UpstreamText } from '../redaction/upstream-text.js';

/** A proxy without a workload behind it hangs up within this time. */
const HANG_UP_MS = 300;
const WHY_CHARACTERS = 200;
const PATH_CHARACTERS = 100;

const USER_AGENT = 'novitai-probe';

/** Asks workloads over the network whether they answer. The status of an answer is all that counts. */
export class NetworkProber implements Prober {
  /** @param hangUpMs how long a connection must stay to count */
  constructor(
    private readonly connections: GuardedConnections,
    private readonly hangUpMs = HANG_UP_MS,
  ) {}

  async probe(target: ProbeTarget): Promise<ProbeAnswer> {
    const subject = subjectOf(target);
    try {
      return target.type === 'http' ? await this.askHttp(target, subject) : await this.askTcp(target, subject);
    } catch (error) {
      return failed(subject, error);
    }
  }

  private async askHttp(target: Extract<ProbeTarget, { type: 'http' }>, subject: string): Promise<ProbeAnswer> {
    const status = await this.connections.get(target.url, USER_AGENT, target.timeoutSeconds);
    const isAccepted = target.accept.some(({ from, to }) => status >= from && status <= to);
    return isAccepted ? { ok: true } : failed(subject, new Error(`HTTP ${status}`));
  }

  /**
   * A connection alone proves little: Novita's proxy accepts in the name of a workload that does not listen yet, and hangs up.
   * So it counts when it speaks, or when it is still there a moment later.
   */
  private askTcp(target: Extract<ProbeTarget, { type: 'tcp' }>, subject: string): Promise<ProbeAnswer> {
    return new Promise((resolve) => {
      const socket = this.connections.connect(target.host, target.tcpPort);
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
