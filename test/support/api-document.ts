import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** The parts of JSON Schema and OpenAPI 3.1 that the tests read. */
export interface Schema {
  $ref?: string;
  description?: string;
  example?: unknown;
  default?: unknown;
  type?: string | string[];
  enum?: unknown[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  maxItems?: number;
  propertyNames?: Schema;
  maxProperties?: number;
}

export interface Content {
  schema: Schema;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}

export interface Response {
  $ref?: string;
  description: string;
  content?: Record<string, Content>;
}

export interface Operation {
  operationId: string;
  method: string;
  /** The path, with parameters in braces. */
  path: string;
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: { name: string; in: string; description?: string; example?: unknown; schema: Schema }[];
  requestBody?: { content: Record<string, Content> };
  /** The API key and its scope. */
  security?: Record<string, string[]>[];
  responses: Record<string, Response>;
}

interface Document {
  paths: Record<string, Record<string, Omit<Operation, 'method' | 'path'>>>;
  tags: { name: string }[];
  components: { schemas: Record<string, Schema>; responses: Record<string, Response> };
}

const FILE = new URL('../../docs/openapi.json', import.meta.url);

/** Reads docs/openapi.json, and checks answers against it. */
export class ApiDocument {
  readonly operations: Operation[];
  readonly tags: string[];
  readonly schemas: Record<string, Schema>;
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly compiled = new Map<string, ValidateFunction>();

  private constructor(private readonly document: Document) {
    // the package is CommonJS, which only its types say
    addFormats.default(this.ajv);
    this.schemas = document.components.schemas;
    this.tags = document.tags.map(({ name }) => name);
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
    );
    this.ajv.addSchema(closed(document) as object, 'document', false, false);
  }

  static load(): ApiDocument {
    return new ApiDocument(JSON.parse(readFileSync(FILE, 'utf8')) as Document);
  }

  operation(operationId: string): Operation {
    const found = this.operations.find((operation) => operation.operationId === operationId);
    if (!found) throw new Error(`the document has no operation ${operationId}`);
    return found;
  }

  /** The schema with its reference resolved. */
  response(operation: Operation, status: number | string): Response | undefined {
    const given = operation.responses[status];
    return given?.$ref ? this.document.components.responses[lastPart(given.$ref)] : given;
  }

  schema(given: Schema): Schema {
    return given.$ref ? this.schema(this.schemas[lastPart(given.$ref)] ?? {}) : given;
  }

  /** What is wrong with a value according to this schema, including undocumented fields, or null. */
  fault(schema: Schema, value: unknown): string | null {
    const key = JSON.stringify(schema);
    const text = key.replaceAll('"#/components/', '"document#/components/');
    const validate = this.compiled.get(key) ?? this.ajv.compile(closed(JSON.parse(text)) as object);
    this.compiled.set(key, validate);
    return validate(value) ? null : this.ajv.errorsText(validate.errors, { separator: '\n' });
  }

  /** The example of a schema, or one made of the examples of its parts. */
  exampleOf(given: Schema): unknown {
    const schema = this.schema(given);
    if ('example' in given) return given.example;
    if ('example' in schema) return schema.example;
    const part = schema.allOf?.[0] ?? schema.anyOf?.[0] ?? schema.oneOf?.[0];
    if (part) return this.exampleOf(part);
    if (schema.items) return [this.exampleOf(schema.items)];
    if (!schema.properties) return undefined;
    return Object.fromEntries(Object.entries(schema.properties).map(([name, of]) => [name, this.exampleOf(of)]));
  }
}

const lastPart = (reference: string): string => reference.slice(reference.lastIndexOf('/') + 1);

/** The same schema with every object closed, so that an undocumented property is a fault. */
const closed = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]));
  const isOpen = copy['type'] === 'object' && 'properties' in copy && !('additionalProperties' in copy);
  return isOpen ? { ...copy, additionalProperties: false } : copy;
};
