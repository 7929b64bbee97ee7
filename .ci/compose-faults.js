/**
 * `node .ci/compose-faults.js FILE…`: what of each compose file is not in the Compose specification, whose schema dclint carries.
 * Of dclint itself nothing else is used: its own rules are about the order of keys, and it does not name the key that is wrong.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import Ajv from 'ajv';
import { parse } from 'yaml';

const dclint = createRequire(import.meta.url).resolve('dclint/package.json');
const { $schema, ...schema } = JSON.parse(
  readFileSync(new URL('schemas/compose.schema.json', `file://${dclint}`), 'utf8'),
);
const valid = new Ajv({ allErrors: true, strict: false, validateFormats: false }).compile(schema);
/** Compose's own: how a list of this file meets that of the file underneath. */
const customTags = ['!override', '!reset'].map((tag) => ({ tag, collection: 'seq' }));

const faults = process.argv.slice(2).flatMap((file) => {
  if (valid(parse(readFileSync(file, 'utf8'), { customTags, merge: true }))) return [];
  return valid.errors.map(
    ({ instancePath, message, params }) =>
      `${file}: ${instancePath || '/'} ${message}${params.additionalProperty ? `: ${params.additionalProperty}` : ''}`,
  );
});
for (const fault of faults) console.log(fault);
process.exit(faults.length === 0 && process.argv.length > 2 ? 0 : 1);
