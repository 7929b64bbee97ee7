/** Reads `text/event-stream` as the HTML standard says, over a connection of its own. */
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { eventually } from './eventually.js';

export interface StreamedEvent {
  id: string;
  type: string;
  data: Record<string, unknown>;
}

interface Block {
  id: string | null;
  type: string;
  data: string[];
}

const NEW_BLOCK = (): Block => ({ id: null, type: 'message', data: [] });

export class EventStreamClient {
  readonly events: StreamedEvent[] = [];
  /** The last `id`, also of blocks without an event. */
  lastEventId = '';
  text = '';
  hasEnded = false;
  private block: Block = NEW_BLOCK();
  private rest = '';

  private constructor(
    private readonly sent: ClientRequest,
    readonly answer: IncomingMessage,
    onEvent: (event: StreamedEvent) => void,
  ) {
    answer.setEncoding('utf8');
    answer.on('data', (chunk: string) => {
      this.text = (this.text + chunk).slice(-100_000);
      const lines = (this.rest + chunk).split('\n');
      this.rest = lines.pop() ?? '';
      for (const line of lines) this.readLine(line, onEvent);
    });
    const end = (): void => {
      this.hasEnded = true;
    };
    answer.on('error', end).on('close', end);
  }

  /** Resolves when the headers are there. Rejects when the connection breaks before. */
  static async open(
    url: string,
    headers: Record<string, string> = {},
    {
      agent = new Agent(),
      onEvent = () => undefined,
    }: { agent?: Agent; onEvent?: (event: StreamedEvent) => void } = {},
  ): Promise<EventStreamClient> {
    const sent = request(url, { headers, agent });
    sent.end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    sent.on('error', () => undefined);
    return new EventStreamClient(sent, answer, onEvent);
  }

  /** Waits for the first event that the test accepts. */
  until(what: string, accepts: (event: StreamedEvent) => boolean): Promise<StreamedEvent> {
    return eventually(what, () => this.events.find(accepts));
  }

  close(): void {
    this.sent.destroy();
  }

  private readLine(line: string, onEvent: (event: StreamedEvent) => void): void {
    if (line === '') {
      const { id, type, data } = this.block;
      this.block = NEW_BLOCK();
      // not before the block is complete: its event may be lost with the connection
      if (id !== null) this.lastEventId = id;
      if (data.length === 0) return;
      const event = { id: this.lastEventId, type, data: JSON.parse(data.join('\n')) as Record<string, unknown> };
      this.events.push(event);
      onEvent(event);
      return;
    }
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'id') this.block.id = value;
    if (field === 'event') this.block.type = value;
    if (field === 'data') this.block.data.push(value);
  }
}
