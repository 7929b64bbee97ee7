/**
 * Parses a request body. What it guarantees: the body was JSON in UTF-8, at most 32 levels deep, with at most 5,000 values (deeper
 * bodies overflow the stack of class-transformer and JSON.stringify); no field has the name of an inherited property such as
 * `__proto__`; and PostgreSQL can store every text.
 */
import { DomainError, type Fault } from '../errors/domain-error.js';
import { jsonPointer } from './json-pointer.js';
import { faultOfText } from './unstorable-text.js';

const MAX_DEPTH = 32;
const MAX_VALUES = 5_000;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Returns `undefined` for an empty body.
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

/** Uses a list instead of recursion, since the sender decides how deep the input is. */
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
  // the whitelist of class-validator accepts inherited names: `constructor`, `toString`, `__proto__` …
  if (name in Object.prototype) return 'is not accepted as a name';
  return faultOfText(name);
}

const refusal = (fault: Fault): DomainError =>
  new DomainError('VALIDATION_ERROR', `${fault.pointer === '' ? 'The body' : fault.pointer} ${fault.detail}.`, {
    faults: [fault],
  });
