import { Contract, type ContractPlace } from './contract.js';

interface Refused {
  status: number;
  reason: string;
}

/** An answer that is no success. */
export class RefusedCall extends Error {
  constructor(
    readonly operation: string,
    readonly refused: Refused,
  ) {
    super(`${operation}: HTTP ${refused.status} ${refused.reason}`);
  }
}

type Json = Record<string, unknown>;

/**
 * A client as other people write one: it knows the published contract and nothing else. Place, method and base of each operation are read
 * from the YAML by operation id, and each request and answer is checked against it.
 */
export class ForeignClient {
  private readonly contract = Contract.load();

  /** `origin` stands for `https://api.novita.ai`. */
  constructor(
    private readonly origin: string,
    private readonly key: string,
  ) {}

  async call(operationId: string, given: { query?: Record<string, string>; body?: unknown } = {}): Promise<Json> {
    const { place, base } = this.find(operationId);
    if (place.method === 'post') this.expect(operationId, this.contract.requestError(place, given.body));
    const query = given.query === undefined ? '' : `?${new URLSearchParams(given.query).toString()}`;
    const answer = await fetch(this.origin + base + place.path + query, {
      method: place.method.toUpperCase(),
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json', 'user-agent': 'foreign/1.0' },
      ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) }),
    });
    const text = await answer.text();
    const body: unknown = text === '' ? {} : JSON.parse(text);
    if (text !== '') this.expect(operationId, this.contract.responseError(place, answer.status, body));
    if (!answer.ok)
      throw new RefusedCall(operationId, { status: answer.status, reason: (body as { reason: string }).reason });
    return body as Json;
  }

  /** What the call is refused with. */
  async refusal(...call: Parameters<ForeignClient['call']>): Promise<Refused> {
    try {
      await this.call(...call);
    } catch (error) {
      if (error instanceof RefusedCall) return error.refused;
      throw error;
    }
    throw new Error(`${call[0]} was not refused`);
  }

  private find(operationId: string): { place: ContractPlace; base: string } {
    const { paths, servers } = this.contract.document as {
      paths: Record<string, Record<string, unknown>>;
      servers: { url: string }[];
    };
    for (const [path, item] of Object.entries(paths)) {
      for (const method of ['get', 'post'] as const) {
        if ((item[method] as { operationId?: string } | undefined)?.operationId !== operationId) continue;
        const [server] = (item.servers ?? servers) as { url: string }[];
        return { place: { path, method }, base: new URL(server?.url ?? '').pathname };
      }
    }
    throw new Error(`the contract has no operation ${operationId}`);
  }

  private expect(operationId: string, wrong: string | null): void {
    if (wrong !== null) throw new Error(`${operationId} breaks the contract: ${wrong}`);
  }
}
