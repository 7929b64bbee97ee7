import { SeededRandom } from '../simulation/seeded-random.js';
import type { ApiDocument, Operation } from './api-document.js';
import { cursorWith, forgeriesOf, positionIn } from './forged-cursors.js';

export interface FuzzedRequest {
  method: string;
  /** The path from the root, with its query. */
  path: string;
  headers: Record<string, string>;
  body?: string;
}

/** Values that have broken services: numbers beyond int4 and int8, impossible dates, names of inherited properties. */
const SCALARS: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1, 65_536, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e308, 0.1, -0],
  ...['', ' ', 'a', '0', '-1', 'null', 'true', '1e3', 'NaN', '2147483648', '9223372036854775808'],
  ...['2026-02-30T00:00:00Z', '9999999-01-01T00:00:00Z', '0000-00-00T00:00:00.000Z', '2026-11-29T25:61:61Z'],
  ...["'; DROP TABLE instances; --", '%', '%00', '../..', '{{7*7}}', '\u0000', '\ud800', '\u202e', '🜁'.repeat(20)],
  ...['__proto__', 'constructor', 'toString', 'x'.repeat(64), 'x'.repeat(300), 'x'.repeat(5_000)],
];
const SHAPES: readonly unknown[] = [
  ...[[], {}, [[]], [{}], [null], { a: null }, [[[[[]]]]], { length: 1 }, { toString: 1 }],
  Array.from({ length: 200 }, () => ({})),
];
const NASTY: readonly unknown[] = [...SCALARS, ...SHAPES];

const HEADERS: Readonly<Record<string, readonly string[]>> = {
  'if-match': ['*', '"1"', 'W/"1"', '"', '"2147483648"', 'x'.repeat(500)],
  'idempotency-key': ['k', 'a b', 'x'.repeat(255), 'x'.repeat(256), '%00'],
  'content-type': ['application/json', 'text/plain', 'application/json; charset=latin1', 'multipart/form-data', 'x'],
  authorization: ['', 'Bearer', 'Bearer nvt_', 'Basic eDp4', `Bearer ${'x'.repeat(2_000)}`],
  accept: ['*/*', 'text/html', 'application/xml', ''],
  traceparent: ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '00-x', ''],
  prefer: ['wait=1', 'wait=99999999999', 'respond-async, wait="1"', 'wait', ',,;=', 'x'.repeat(2_000)],
  'last-event-id': ['evt_0000000000000001', 'x', 'evt_9999999999999999', 'x'.repeat(2_000)],
  'x-request-id': ['ok', 'not ok', 'x'.repeat(65)],
  'x-forwarded-for': ['1.2.3.4', 'x', '::1, ::1'],
};

/** Requests to every operation of the document, most with one or several faults. A seed always gives the same requests. */
export class RequestFuzzer {
  private readonly random: SeededRandom;
  private readonly forgedCursors: readonly string[];

  /**
   * @param known existing values for parameters of paths
   * @param cursors cursors that the service issued
   */
  constructor(
    private readonly document: ApiDocument,
    seed: number,
    private readonly known: Readonly<Record<string, readonly string[]>>,
    private readonly cursors: readonly string[],
  ) {
    this.random = new SeededRandom(seed);
    this.forgedCursors = cursors.flatMap((cursor) => forgeriesOf(positionIn(cursor)).map((forgery) => forgery.cursor));
  }

  next(): FuzzedRequest {
    const operation = this.pick(this.document.operations);
    const body = this.bodyOf(operation);
    const headers = this.headers();
    return {
      method: this.random.chance(0.02) ? this.pick(['PUT', 'PATCH', 'OPTIONS', 'HEAD', 'POST']) : operation.method,
      path: this.pathOf(operation) + this.queryOf(operation),
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body }),
    };
  }

  private pick<T>(choices: readonly T[]): T {
    return choices[this.random.integer(0, choices.length - 1)] as T;
  }

  private pathOf({ path }: Operation): string {
    return path.replace(/\{(\w+)\}/g, (_whole, name: string) => {
      const known = this.known[name] ?? [];
      if (known.length > 0 && this.random.chance(0.5)) return encodeURIComponent(this.pick(known));
      return encodable(String(this.pick(SCALARS)));
    });
  }

  private queryOf({ parameters = [] }: Operation): string {
    const pairs: string[] = [];
    for (const { name, in: place, schema } of parameters) {
      if (place !== 'query' || this.random.chance(0.5)) continue;
      const times = this.random.chance(0.1) ? 2 : 1;
      for (let time = 0; time < times; time++) pairs.push(`${this.nameOf(name)}=${this.valueOf(name, schema.enum)}`);
    }
    if (this.random.chance(0.1)) pairs.push(`${encodable(String(this.pick(SCALARS)))}=1`);
    return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
  }

  private nameOf(name: string): string {
    return this.random.chance(0.05) ? `${name}[]` : name;
  }

  private valueOf(name: string, words: unknown[] | undefined): string {
    if (name === 'cursor' && this.random.chance(0.8)) return this.cursor();
    if (words && this.random.chance(0.5)) return encodable(String(this.pick(words)));
    return encodable(String(this.pick(SCALARS)));
  }

  /** A cursor of this list or of another: real, with one forged field, or arbitrary. */
  private cursor(): string {
    if (this.random.chance(0.1)) return this.pick(this.cursors);
    if (this.random.chance(0.7)) return this.pick(this.forgedCursors);
    const position = positionIn(this.pick(this.cursors));
    const changed = Object.keys(position).map((name) => [name, this.pick(NASTY)]);
    return cursorWith(JSON.stringify(Object.fromEntries(changed)));
  }

  private headers(): Record<string, string> {
    const chosen = Object.entries(HEADERS).filter(() => this.random.chance(0.06));
    return Object.fromEntries(chosen.map(([name, choices]) => [name, this.pick(choices)]));
  }

  private bodyOf({ requestBody }: Operation): string | undefined {
    const content = Object.values(requestBody?.content ?? {})[0];
    if (!content) return this.random.chance(0.05) ? JSON.stringify(this.pick(NASTY)) : undefined;
    const examples = Object.values(content.examples ?? {}).map(({ value }) => value);
    let body = structuredClone(this.pick(examples));
    const breaks = this.random.integer(0, 3);
    for (let done = 0; done < breaks; done++) body = this.broken(body);
    const text = JSON.stringify(body) as string | undefined;
    if (this.random.chance(0.02)) return text?.slice(0, this.random.integer(0, text.length));
    return text ?? '';
  }

  /** A body with one node replaced, removed, put into a list, or given an additional field. */
  private broken(node: unknown): unknown {
    if (typeof node !== 'object' || node === null || this.random.chance(0.2)) {
      return this.random.chance(0.2) ? [node] : this.pick(NASTY);
    }
    if (Array.isArray(node)) {
      if (node.length === 0) return this.pick(NASTY);
      const at = this.random.integer(0, node.length - 1);
      return node.map((child: unknown, index) => (index === at ? this.broken(child) : child));
    }
    const entries = Object.entries(node);
    if (entries.length === 0 || this.random.chance(0.1)) {
      return { ...node, [String(this.pick(SCALARS))]: this.pick(NASTY) };
    }
    const [name] = this.pick(entries);
    return Object.fromEntries(entries.map(([key, child]) => [key, key === name ? this.broken(child) : child]));
  }
}

/** Percent-encoded. Half of a surrogate pair cannot be encoded, and is sent as the replacement character. */
const encodable = (text: string): string => encodeURIComponent(Buffer.from(text).toString());
