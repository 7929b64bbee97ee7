/** Cursors that the service did not issue: real ones with changed contents. */
import fc from 'fast-check';

export type Position = Record<string, unknown>;

export const positionIn = (cursor: string): Position =>
  JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as Position;

export const cursorWith = (json: string): string => Buffer.from(json, 'utf8').toString('base64url');

/** Written as JSON, since not all of them are values of JavaScript. No field of any list may have one of these. */
const OF_NO_KIND: readonly string[] = [
  ...['null', 'true', '[]', '{}', '[[]]', '{"$gt":""}', '-1', '1.5', '1e999', '-1e999', '2147483648', '-2147483649'],
  ...['9007199254740993', '9223372036854775808', '1e300', '"\\u0000"', '"a\\u0000b"', '"\\ud800"'],
  JSON.stringify('x'.repeat(300)),
  JSON.stringify('🜁'.repeat(200)),
];

/** Wrong values for a field with a value like this. */
const BY_KIND: readonly { looks: RegExp; wrong: readonly unknown[] }[] = [
  { looks: /^\d+$/, wrong: ['1', '', 'NaN', 'Infinity', '0x10'] },
  {
    looks: /^\d{4}-\d\d-\d\dT/,
    wrong: [
      ...['', 'now', 'NaN', 'infinity', '2026-02-31T00:00:00.000000Z', '2026-02-31T00:00:00Z', '2026-13-01T00:00:00Z'],
      ...['2026-01-01T24:00:00.000000Z', '2026-01-01T23:59:60.000000Z', '0000-01-01T00:00:00.000000Z'],
      ...['99999-01-01T00:00:00.000000Z', '2026-01-01T00:00:00:00:00Z', '2026-01-01T........Z', '2026-01-01'],
    ],
  },
  {
    looks: /^[0-9a-f]{8}-[0-9a-f]{4}-/,
    wrong: ['', 'x', '0', '3f0d9a3e-8a5c-4b0e-9d5e', '3f0d9a3e-8a5c-4b0e-9d5e-0f7c1b2a3d4g', "' OR 1=1 --"],
  },
  { looks: /^prj_/, wrong: ['', 'x', 'prj_', 'prj_01JGFJJZ00N5MQ2YS3B3X8T1RU', 'ins_01JGFJJZ00N5MQ2YS3B3X8T1RV'] },
  { looks: /^key_/, wrong: ['', 'x', 'key_', 'key_01JGFJJZ00N5MQ2YS3B3X8T1RU', 'ins_01JGFJJZ00N5MQ2YS3B3X8T1RV'] },
  {
    looks: /^(whk|dlv)_/,
    wrong: ['', 'x', 'whk_', 'dlv_01JGFJJZ00N5MQ2YS3B3X8T1RU', 'ins_01JGFJJZ00N5MQ2YS3B3X8T1RV'],
  },
  { looks: /^ins_/, wrong: ['', 'x', 'ins_', 'ins_01JGFJJZ00N5MQ2YS3B3X8T1RU', 'ins_01jgfjjz00n5mq2ys3b3x8t1rv'] },
  {
    looks: /^evt_/,
    wrong: [
      '',
      'x',
      'evt_',
      'evt_1',
      'evt_9999999999999999',
      'evt_99999999999999999',
      'evt_-000000000000001',
      'evt_0x00000000000001',
    ],
  },
  // an id of Novita may be any text
  { looks: /^[0-9a-z]{8,}$/, wrong: [] },
];

/** A real position with one forged, additional or missing field. Each must be refused. */
export const forgeriesOf = (position: Position): { what: string; cursor: string }[] => {
  const fields = Object.keys(position);
  const forged = fields.flatMap((field) => [
    { what: `${field} left out`, cursor: cursorWith(JSON.stringify({ ...position, [field]: undefined })) },
    ...[...OF_NO_KIND, ...wrongFor(field, position[field]).map((value) => JSON.stringify(value))].map((json) => ({
      what: `${field} = ${json.slice(0, 60)}`,
      cursor: cursorWith(withField(position, field, json)),
    })),
  ]);
  return [
    ...forged,
    ...['more', '__proto__', 'constructor', 'toString'].map((name) => ({
      what: `${name} added`,
      cursor: cursorWith(`${JSON.stringify(position).slice(0, -1)},"${name}":1}`),
    })),
    ...['null', '[]', '{}', '0', '""', '[{}]', '{"a":', ''].map((json) => ({ what: json, cursor: cursorWith(json) })),
  ].filter(({ cursor }) => cursor !== '');
};

const wrongFor = (field: string, real: unknown): readonly unknown[] => {
  const kind = BY_KIND.find(({ looks }) => looks.test(String(real)));
  if (!kind) throw new Error(`say in BY_KIND what is wrong for ${field}, which holds ${JSON.stringify(real)}`);
  return kind.wrong;
};

const withField = (position: Position, field: string, json: string): string => {
  const others = Object.entries(position).filter(([name]) => name !== field);
  return `{${[...others.map(([name, value]) => `"${name}":${JSON.stringify(value)}`), `"${field}":${json}`].join()}}`;
};

/** A real cursor that was changed in its text, its JSON, or a value. It may still be valid. */
export const mutatedCursors = (cursor: string): fc.Arbitrary<string> => {
  const json = JSON.stringify(positionIn(cursor));
  const position = positionIn(cursor);
  const field = fc.constantFrom(...Object.keys(position));
  return fc
    .oneof(
      spliced(cursor, fc.string({ maxLength: 3 })),
      spliced(
        json,
        fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('9', '99999999999', '-', 'e9', '\\u0000')),
      ).map(cursorWith),
      fc
        .tuple(field, fc.anything({ maxDepth: 1 }))
        .map(([name, value]) => cursorWith(JSON.stringify({ ...position, [name]: value }, asText))),
      fc
        .tuple(field, fc.oneof(fc.bigInt().map(String), fc.double().map(String)))
        .map(([name, number]) => cursorWith(withField(position, name, number))),
    )
    .filter((text) => text !== '' && text.length < 1_024);
};

const asText = (_name: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

/** The text with a few characters replaced. */
const spliced = (text: string, others: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(fc.nat(text.length), fc.nat(4), others)
    .map(([at, dropped, inserted]) => text.slice(0, at) + inserted + text.slice(at + dropped));
