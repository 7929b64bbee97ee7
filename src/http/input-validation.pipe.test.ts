import { IsInt, IsOptional, IsString } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { DomainError, type Fault } from '../errors/domain-error.js';
import { faultOfLength, ListOf, ObjectOf, TextList, TextMap } from './input-shape.js';
import { InputValidationPipe } from './input-validation.pipe.js';

let made = 0;

class Item {
  constructor() {
    made += 1;
  }

  @IsInt()
  size!: number;
}

class Order {
  @IsString()
  name!: string;

  @IsOptional()
  @IsInt()
  count?: number = 1;

  @IsOptional()
  @ListOf(() => Item, 3)
  items?: Item[];

  @IsOptional()
  @ObjectOf(() => Item)
  item?: Item;

  @IsOptional()
  @TextList(3, (text) => (text === '' ? 'must not be empty' : null))
  words?: string[];

  @IsOptional()
  @TextMap(3, (key) => (key === 'no' ? 'must have another key' : null), () => null)
  marks?: Record<string, string>;
}

const validate = (body: unknown): Promise<unknown> =>
  new InputValidationPipe().transform(body, { type: 'body', metatype: Order });

const faultsOf = async (body: unknown): Promise<Fault[]> => {
  const error: unknown = await validate(body).catch((thrown: unknown) => thrown);
  if (!(error instanceof DomainError)) throw new Error(`it was taken: ${JSON.stringify(body)}`);
  return error.details.faults ?? [];
};

describe('an input', () => {
  it('is taken as what its DTO says, with null for what is not given', async () => {
    const whole = { name: 'a', items: [{ size: 1 }], item: { size: 2 }, words: ['b'], marks: { c: 'd' } };
    expect(await validate(whole)).toEqual({ ...whole, count: 1 });
    const open = { name: 'a', count: null, items: null, item: null, words: null, marks: { c: null } };
    expect(await validate(open)).toEqual({ name: 'a', count: 1, marks: {} });
  });

  it.each<[string, unknown, Fault]>([
    ['null where something is required', { name: null }, { pointer: '/name', detail: 'is required' }],
    ['a list for a value', { name: ['a'] }, { pointer: '/name', detail: 'must be one value, not a list' }],
    ['an object for a value', { name: {} }, { pointer: '/name', detail: 'must be one value, not an object' }],
    ['an object for a list', { name: 'a', items: { size: 1 } }, { pointer: '/items', detail: 'must be a list' }],
    ['a list for an object', { name: 'a', item: [{ size: 1 }] }, { pointer: '/item', detail: 'must be an object' }],
    ['a list in a list', { name: 'a', items: [[{ size: 1 }]] }, { pointer: '/items/0', detail: 'must be an object' }],
    ['null in a list', { name: 'a', items: [null] }, { pointer: '/items/0', detail: 'must be an object' }],
    ['a number for a text', { name: 'a', words: ['b', 5] }, { pointer: '/words/1', detail: 'must be a string' }],
    ['a text that is refused', { name: 'a', words: [''] }, { pointer: '/words/0', detail: 'must not be empty' }],
    [
      'a key that is refused',
      { name: 'a', marks: { no: '' } },
      { pointer: '/marks/no', detail: 'must have another key' },
    ],
    ['an object for a text', { name: 'a', marks: { x: {} } }, { pointer: '/marks/x', detail: 'must be a string' }],
    [
      'an unknown field',
      { name: 'a', item: { size: 1, b: 1 } },
      { pointer: '/item/b', detail: 'is not a known field' },
    ],
    ['a list', [{ name: 'a' }], { pointer: '', detail: 'must be a JSON object' }],
    ['nothing', undefined, { pointer: '/name', detail: 'is required' }],
  ])('that holds %s is refused there, and only there', async (_what, body, fault) => {
    expect(await faultsOf(body)).toEqual([fault]);
  });

  it('may hold as many entries in a map as its DTO says, and nulls beside them', async () => {
    const marks = { a: '1', b: '2', c: '3' };
    expect(await validate({ name: 'a', marks: { ...marks, d: null } })).toMatchObject({ marks });
    expect(await faultsOf({ name: 'a', marks: { ...marks, d: '4' } })).toEqual([
      { pointer: '/marks', detail: 'must hold at most 3 entries' },
    ]);
  });

  it('is as long as its characters are many, whatever halves they have', () => {
    expect(faultOfLength('😀😀', 2, 2)).toBeNull();
    expect(faultOfLength('😀', 2, 2)).toBe('must have at least 2 characters');
    expect(faultOfLength('😀😀😀', 2, 2)).toBe('must have at most 2 characters');
  });

  it('is refused for every fault at once, of shape and of value', async () => {
    expect(
      (await faultsOf({ count: 'b', items: [{ size: 'c' }], item: [], d: 1 })).map(({ pointer }) => pointer),
    ).toEqual(['/item', '/d', '/name', '/count', '/items/0/size']);
  });

  it('costs no more than its DTO allows, and neither does its refusal', async () => {
    made = 0;
    const many = (length: number): object[] => Array.from({ length }, () => ({}));
    expect(await faultsOf({ name: 'a', items: many(4_990) })).toEqual([
      { pointer: '/items', detail: 'must hold at most 3 items' },
    ]);
    expect(await faultsOf({ name: many(4_990) })).toHaveLength(1);
    const unknown = Object.fromEntries(Array.from({ length: 4_990 }, (_, at) => [`field-${at}`, { size: 1 }]));
    expect(await faultsOf({ name: 'a', ...unknown })).toHaveLength(100);
    const marks = Object.fromEntries(Array.from({ length: 4_990 }, (_, at) => [`mark-${at}`, 1]));
    expect(await faultsOf({ name: 'a', marks })).toHaveLength(1);
    expect(made).toBe(0);
  });
});
