/**
 * How a request body becomes a value. Promises to everything behind it: the text was UTF-8 and JSON; it is at most
 * 32 levels deep and at most 5,000 values (deeper ones overflow the stack of class-transformer and of JSON.stringify);
 * no name in it means something to JavaScript itself; and no text holds what PostgreSQL cannot store.
 */
import { DomainError, type Fault } from '../errors/domain-error.js';
import { jsonPointer } from './json-pointer.js';
import { faultOfText } from './unstorable-text.js';

const MAX_DEPTH = 32;
const MAX_VALUES = 5_000;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * An empty body is no body: `undefined`.
 * @throws DomainError MALFORMED_JSON, or VALIDATION_ERROR with a pointer to what is refused
 */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  const value = parse(bytes);
  inspect(value);
  return value;
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    // the parser's own message quotes the body
    throw new DomainError('MALFORMED_JSON', 'The body does not parse as JSON.', {
      faults: [{ pointer: '', detail: 'must be one JSON value in UTF-8' }],
    });
  }
}

interface Place {
  value: unknown;
  path: readonly string[];
}

/** Walks with a list of its own and not by recursion: its input is as deep as the sender likes. */
function inspect(root: unknown): void {
  const places: Place[] = [{ value: root, path: [] }];
  let seen = 0;
  for (let place = places.pop(); place !== undefined; place = places.pop()) {
    const { value, path } = place;
    seen += 1;
    if (seen > MAX_VALUES) throw refusal({ pointer: '', detail: `must hold at most ${MAX_VALUES} values` });
    if (typeof value === 'string') {
      const fault = faultOfText(value);
      if (fault !== null) throw refusal({ pointer: jsonPointer(path), detail: fault });
    }
    if (typeof value !== 'object' || value === null) continue;
    if (path.length >= MAX_DEPTH) {
      throw new DomainError('MALFORMED_JSON', `The body is nested deeper than ${MAX_DEPTH} levels.`, {
        faults: [{ pointer: '', detail: `must be nested at most ${MAX_DEPTH} levels deep` }],
      });
    }
    for (const [name, child] of Object.entries(value)) {
      const childPath = [...path, name];
      const fault = Array.isArray(value) ? null : faultOfName(name);
      if (fault !== null) throw refusal({ pointer: jsonPointer(childPath), detail: fault });
      places.push({ value: child, path: childPath });
    }
  }
}

function faultOfName(name: string): string | null {
  // the whitelist of class-validator lets inherited names through: `constructor`, `toString`, `__proto__` …
  if (name in Object.prototype) return 'is not accepted as a name';
  return faultOfText(name);
}

const refusal = (fault: Fault): DomainError =>
  new DomainError('VALIDATION_ERROR', `${fault.pointer === '' ? 'The body' : fault.pointer} ${fault.detail}.`, {
    faults: [fault],
  });
