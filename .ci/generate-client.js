/**
 * Makes the TypeScript client of docs/openapi.json in test/e2e/generated-client, as a caller would make theirs. Does nothing
 * when it is there already and neither the document nor the generator has changed. Needs no network.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { createClient } from '@hey-api/openapi-ts';

const ROOT = path.dirname(import.meta.dirname);
const DOCUMENT = path.join(ROOT, 'docs/openapi.json');
const FOLDER = path.join(ROOT, 'test/e2e/generated-client');
const STAMP = '.made-of';

const madeOf = createHash('sha256');
for (const file of [DOCUMENT, import.meta.filename, path.join(ROOT, 'node_modules/@hey-api/openapi-ts/package.json')]) {
  madeOf.update(await readFile(file));
}
const stamp = madeOf.digest('hex');

if ((await readFile(path.join(FOLDER, STAMP), 'utf8').catch(() => '')) !== stamp) {
  // made elsewhere and moved: another run beside this one sees the old client or the new one, never half of one
  const fresh = await mkdtemp(path.join(path.dirname(FOLDER), '.generated-client-'));
  await createClient({
    input: DOCUMENT,
    output: { path: fresh, module: { extension: '.js' } },
    plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
    logs: { level: 'warn', file: false },
  });
  await writeFile(path.join(fresh, STAMP), stamp);
  await rm(FOLDER, { recursive: true, force: true });
  await rename(fresh, FOLDER);
  process.stdout.write('made test/e2e/generated-client from docs/openapi.json\n');
}
