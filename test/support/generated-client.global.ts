/** Generates the client for tests of the OpenAPI document before they run, if the document has changed. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SCRIPT = fileURLToPath(new URL('../../.ci/generate-client.js', import.meta.url));

export default async function setup(): Promise<void> {
  await promisify(execFile)(process.execPath, [SCRIPT]);
}
