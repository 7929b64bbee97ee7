import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span of OTLP's JSON, with its attributes as an object. */
export interface ExportedSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  /** 2: server, 3: client, 5: consumer, 1: others. */
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  /** 2: an error. */
  status: { code: number };
  attributes: Record<string, unknown>;
}

type KeyValues = { key: string; value: Record<string, unknown> }[];
interface TracesRequest {
  resourceSpans: {
    resource: { attributes: KeyValues };
    scopeSpans: { spans: (Omit<ExportedSpan, 'attributes'> & { attributes: KeyValues })[] }[];
  }[];
}

/** Receives traces by OTLP over HTTP, as JSON, and keeps them. */
export class OtlpCollector {
  readonly spans: ExportedSpan[] = [];
  /** The attributes of each resource. */
  readonly resources: Record<string, unknown>[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  /** Everything as received. */
  text = '';

  private readonly server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'POST' && request.url === '/v1/traces') {
        this.headers.push(request.headers);
        this.take(Buffer.concat(chunks).toString());
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });

  /** @param port by default a free port */
  static async start(port = 0): Promise<OtlpCollector> {
    const collector = new OtlpCollector();
    await new Promise<void>((resolve) => {
      collector.server.listen(port, '127.0.0.1', resolve);
    });
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take(text: string): void {
    this.text += text;
    for (const { resource, scopeSpans } of (JSON.parse(text) as TracesRequest).resourceSpans) {
      this.resources.push(objectOf(resource.attributes));
      for (const { spans } of scopeSpans) {
        this.spans.push(...spans.map((span) => ({ ...span, attributes: objectOf(span.attributes) })));
      }
    }
  }
}

const objectOf = (attributes: KeyValues): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
