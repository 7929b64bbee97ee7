import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { AUTHORITATIVE_ANSWER, decode, encode } from 'dns-packet';

/** A name server for one name, like Docker's for the containers of a service. Without addresses the name is unknown. */
export class NameServer {
  addresses: readonly string[] = [];
  /** The number of queries. */
  questions = 0;

  private constructor(
    private readonly name: string,
    private readonly socket: Socket,
  ) {}

  static async start(name: string): Promise<NameServer> {
    const server = new NameServer(name, createSocket('udp4'));
    server.socket.on('message', (message, { port, address }) => {
      server.socket.send(server.answer(message), port, address);
    });
    server.socket.bind(0, '127.0.0.1');
    await once(server.socket, 'listening');
    return server;
  }

  get port(): number {
    return this.socket.address().port;
  }

  stop(): void {
    this.socket.close();
  }

  private answer(message: Buffer): Buffer {
    this.questions += 1;
    const { id, questions = [] } = decode(message);
    const isKnown = this.addresses.length > 0 && questions.every(({ name }) => name === this.name);
    return encode({
      type: 'response',
      id,
      // 3: NXDOMAIN
      flags: AUTHORITATIVE_ANSWER | (isKnown ? 0 : 3),
      questions,
      answers: isKnown ? this.addresses.map((data) => ({ type: 'A', name: this.name, ttl: 600, data })) : [],
    });
  }
}
