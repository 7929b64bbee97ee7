import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { parse } from 'yaml';

/** The place of an operation in the contract. */
export interface ContractPlace {
  /** Path template below `/v1`, e.g. `/gpu/instance`. */
  path: string;
  method: 'get' | 'post';
}

const CONTRACT_FILE = path.join('test', 'novita-contract', 'novita-openapi-v1.yaml');

/** The published contract (OpenAPI 3.1), against which every answer is checked. Read and compiled once per process. */
export class Contract {
  private static loaded: Contract | undefined;
  private readonly ajv = new Ajv2020({ strict: false, validateFormats: false });
  private readonly compiled = new Map<string, ValidateFunction>();

  private constructor(readonly document: unknown) {
    this.ajv.addSchema(document as object, 'contract', false, false);
  }

  static load(): Contract {
    this.loaded ??= new Contract(parse(readFileSync(path.join(projectRoot(), CONTRACT_FILE), 'utf8')));
    return this.loaded;
  }

  /** What is wrong with a JSON answer, or null. An answer that the contract does not mention is wrong too. */
  responseError(place: ContractPlace, status: number, body: unknown): string | null {
    const responses = `/paths/${escape(place.path)}/${place.method}/responses`;
    const exact = this.at(`${responses}/${status}`) === undefined ? `${responses}/default` : `${responses}/${status}`;
    return this.schemaError(`${this.follow(exact)}/content/application~1json/schema`, body);
  }

  /** What is wrong with a JSON request body, or null. */
  requestError(place: ContractPlace, body: unknown): string | null {
    const requestBody = this.follow(`/paths/${escape(place.path)}/${place.method}/requestBody`);
    return this.schemaError(`${requestBody}/content/application~1json/schema`, body);
  }

  /** Checks against the schema at a JSON pointer, such as `/components/schemas/Error`. */
  schemaError(pointer: string, body: unknown): string | null {
    if (this.at(pointer) === undefined) return `the contract has nothing at ${pointer}`;
    let validate = this.compiled.get(pointer);
    if (validate === undefined) {
      validate = this.ajv.compile({ $ref: `contract#${pointer}` });
      this.compiled.set(pointer, validate);
    }
    return validate(body) ? null : describe(validate.errors ?? []);
  }

  /** The value at a JSON pointer, or undefined. */
  at(pointer: string): unknown {
    return pointer
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<unknown>(
        (value, key) =>
          typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined,
        this.document,
      );
  }

  private follow(pointer: string): string {
    const target = this.at(`${pointer}/$ref`);
    return typeof target === 'string' ? target.slice(1) : pointer;
  }
}

/** The folder of package.json above this file. The compiled file may be elsewhere in the project. */
function projectRoot(): string {
  for (let folder = import.meta.dirname; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'package.json')) && existsSync(path.join(folder, CONTRACT_FILE))) return folder;
    if (folder === path.dirname(folder)) throw new Error(`no ${CONTRACT_FILE} above ${import.meta.dirname}`);
  }
}

function escape(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}

function describe(errors: ErrorObject[]): string {
  const [first] = errors;
  if (first === undefined) return 'invalid';
  const where = first.instancePath.slice(1).replaceAll('/', '.');
  return `${where === '' ? 'body' : where} ${first.message ?? 'is invalid'}`;
}
