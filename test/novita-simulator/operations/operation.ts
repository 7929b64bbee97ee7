import type { Answer } from '../answer.js';
import { Contract, type ContractPlace } from '../contract.js';
import type { FaultSpec } from '../faults.js';
import { Refusal } from '../refusal.js';
import type { RequestKind } from '../request-log.js';
import type { World } from '../world.js';

export interface ApiRequest {
  query: URLSearchParams;
  body: unknown;
  /** The parts of a fault that change the answer of the operation itself (`listLag`, `hide`). */
  fault: FaultSpec | null;
}

/** The two bases of v1: instances and what belongs to them, and the account (metrics, balance, bills). */
export type Base = 'gpu' | 'account';

/** One endpoint of the contract. `act` answers at once; its effects follow later. It throws a {@link Refusal}. */
export interface Operation extends ContractPlace {
  id: string;
  base: Base;
  kind: RequestKind;
  act: (world: World, request: ApiRequest) => Answer;
}

export const get = (id: string, path: string, act: Operation['act'], base: Base = 'gpu'): Operation => ({
  id,
  path,
  base,
  method: 'get',
  kind: 'read',
  act,
});

/** A change. Its body is checked against the contract first, so that `act` gets a body of the contract's shape. */
export const post = (
  id: string,
  path: string,
  act: (world: World, body: never) => Answer,
  kind: RequestKind = 'other',
): Operation => ({
  id,
  path,
  base: 'gpu',
  method: 'post',
  kind,
  act: (world, { body }) => {
    const wrong = Contract.load().requestError({ path, method: 'post' }, body);
    if (wrong !== null) throw invalid(wrong);
    const answer = act(world, body as never);
    world.fleet.changed();
    return answer;
  },
});

export const invalid = (what: string): Refusal => new Refusal(400, 'VALIDATOR_PARAM', `invalid parameter: ${what}`);

/** A whole number of the query. Throws a {@link Refusal} for anything else. */
export function whole(query: URLSearchParams, name: string, fallback: number): number {
  const text = query.get(name);
  if (text === null || text === '') return fallback;
  if (!/^\d{1,12}$/.test(text)) throw invalid(`${name} must be a whole number`);
  return Number(text);
}

/** A word of the query, or undefined when it is absent or empty. */
export const word = (query: URLSearchParams, name: string): string | undefined => query.get(name) || undefined;

export function contains(text: string, part: string | null): boolean {
  return part === null || text.toLowerCase().includes(part.toLowerCase());
}

const DEFAULT_PAGE_SIZE = 10;

interface Paged<T> {
  page: T[];
  total?: number | string;
}

/** The requested page and the total, according to the switches. `pageNum` 0 is always the first page. */
export function pageOf<T>(all: T[], query: URLSearchParams, { switches }: World): Paged<T> {
  return cut(all, query, switches, whole(query, 'pageNum', switches.pageBase) - switches.pageBase);
}

/** The same for lists whose first page is 1 in every source. The parameter has another name in each. */
export function pageFromOne<T>(
  all: T[],
  query: URLSearchParams,
  { switches }: World,
  parameter: 'page' | 'pageNo',
): Paged<T> {
  return cut(all, query, switches, whole(query, parameter, 1) - 1);
}

function cut<T>(all: T[], query: URLSearchParams, switches: World['switches'], index: number): Paged<T> {
  const asked = whole(query, 'pageSize', 0);
  const size = Math.min(asked === 0 ? DEFAULT_PAGE_SIZE : asked, switches.maxPageSize);
  const first = Math.max(0, index) * size;
  const page = all.slice(first, first + size);
  if (switches.total === 'absent') return { page };
  return { page, total: switches.total === 'number' ? all.length : String(all.length) };
}
