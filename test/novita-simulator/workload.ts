import http from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import type { PortRequest } from './machine.js';

interface Listener extends PortRequest {
  server: net.Server;
  localPort: number;
}

/**
 * The workload of one machine, as seen through Novita's proxy: every mapped port really listens. Until the workload is up, HTTP answers
 * 502, and TCP accepts and closes, since the proxy is up before the workload.
 */
export class Workload {
  private up = false;
  private status = 200;
  private delayMs = 0;
  private readonly sockets = new Set<net.Socket>();
  private listeners: Listener[] = [];

  private constructor(
    private readonly title: string,
    private readonly host: string,
  ) {}

  static async open(title: string, host: string, ports: PortRequest[]): Promise<Workload> {
    const workload = new Workload(title, host);
    workload.listeners = await Promise.all(ports.map((port) => workload.listen(port, 0)));
    return workload;
  }

  /** The address of a mapped port: `http://host:port`, or `host:port` for TCP. Empty when it is not mapped. */
  endpoint(port: number): string {
    const found = this.listeners.find((listener) => listener.port === port);
    if (found === undefined) return '';
    return `${found.type === 'http' ? 'http://' : ''}${this.host}:${found.localPort}`;
  }

  comeUp(): void {
    this.up = true;
  }

  goDown(): void {
    this.up = false;
    this.hangUp();
  }

  get isUp(): boolean {
    return this.up;
  }

  /** Answers HTTP with this status instead of 200 (500: a broken workload). */
  answerWith(status: number): void {
    this.status = status;
  }

  /** Waits this long, in real milliseconds, before each HTTP answer. */
  answerAfter(delayMs: number): void {
    this.delayMs = delayMs;
  }

  /** Maps other ports. A port that stays keeps its address. */
  async changePorts(ports: PortRequest[]): Promise<void> {
    const stays = ({ port, type }: PortRequest) => ports.some((other) => other.port === port && other.type === type);
    const [kept, closed] = [this.listeners.filter(stays), this.listeners.filter((listener) => !stays(listener))];
    for (const { server } of closed) server.close();
    const isOpen = ({ port, type }: PortRequest) => kept.some((other) => other.port === port && other.type === type);
    const opened = await Promise.all(ports.filter((port) => !isOpen(port)).map((port) => this.listen(port, 0)));
    this.listeners = [...kept, ...opened];
  }

  /** Refuses connections while the machine keeps running. */
  async stopListening(): Promise<void> {
    const closed = this.listeners.map(({ server }) => new Promise((resolve) => server.close(resolve)));
    this.hangUp();
    await Promise.all(closed);
  }

  /** Listens again, on the same ports. */
  async listenAgain(): Promise<void> {
    this.listeners = await Promise.all(this.listeners.map((listener) => this.listen(listener, listener.localPort)));
  }

  private async listen({ port, type }: PortRequest, localPort: number): Promise<Listener> {
    const server =
      type === 'http'
        ? http.createServer(this.serve)
        : net.createServer((socket) => {
            this.greet(socket, port);
          });
    server.on('connection', (socket: net.Socket) => {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(localPort, this.host, resolve);
    });
    return { port, type, server, localPort: (server.address() as AddressInfo).port };
  }

  private readonly serve = (_request: http.IncomingMessage, response: http.ServerResponse): void => {
    const answer = () => {
      const status = this.up ? this.status : 502;
      response
        .writeHead(status, { 'content-type': 'text/plain' })
        .end(status === 200 ? `${this.title} answers\n` : `${status}\n`);
    };
    if (this.delayMs === 0) answer();
    else setTimeout(answer, this.delayMs).unref();
  };

  private greet(socket: net.Socket, port: number): void {
    if (!this.up) socket.destroy();
    else if (port === 22) socket.write('SSH-2.0-OpenSSH_9.6 simulated\r\n');
  }

  private hangUp(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}
