import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

/** A request as the receiver got it. */
export interface ReceivedRequest {
  path: string;
  id: string;
  headers: Record<string, string>;
  body: string;
  /** What the library made of it; null: it refused the request. */
  verified: DeliveredEvent | null;
}

export interface DeliveredEvent {
  type: string;
  timestamp: string;
  data: { id?: string; type?: string; subject?: { kind: string; id: string }; seq?: number; webhook?: string };
}

/** How the receiver answers. `never`: it keeps the connection and says nothing. */
export type ReceiverAnswer = { status: number; headers?: Record<string, string>; body?: string } | 'never';

/** A receiver of webhooks, written as docs/webhooks.md says, with the published library. */
export class WebhookReceiver {
  readonly requests: ReceivedRequest[] = [];
  /** The secret to verify by; null: it verifies nothing. */
  secret: string | null = null;
  answer: (request: ReceivedRequest) => ReceiverAnswer | Promise<ReceiverAnswer> = () => ({ status: 204 });

  private constructor(private readonly server: http.Server) {}

  static async start(): Promise<WebhookReceiver> {
    const server = http.createServer();
    const receiver = new WebhookReceiver(server);
    server.on('request', (request, response) => void receiver.serve(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private async serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    request.on('error', () => undefined);
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    const headers = request.headers as Record<string, string>;
    const received = {
      path: request.url ?? '',
      id: headers['webhook-id'] ?? '',
      headers,
      body,
      verified: this.secret === null ? null : verified(this.secret, body, headers),
    };
    this.requests.push(received);
    const answer = await this.answer(received);
    if (answer !== 'never') response.writeHead(answer.status, answer.headers).end(answer.body);
  }
}

/** What a receiver makes of a request; null: it refuses the request. */
export const verified = (secret: string, body: string, headers: Record<string, string>): DeliveredEvent | null => {
  try {
    return new Webhook(secret).verify(body, headers) as DeliveredEvent;
  } catch {
    return null;
  }
};
