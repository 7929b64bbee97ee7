import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { DataPlace } from './data-place.js';

/**
 * The API key of a sandbox, or null when its service asks for none. It is kept with the data, since a service that has had a key always
 * asks for one.
 * @param root the folder of the project, with the built service
 */
export async function sandboxKey({ directory }: DataPlace, isWanted: boolean, root: string): Promise<string | null> {
  const file = path.join(directory, 'api-key');
  const kept = await readFile(file, 'utf8').catch(() => null);
  if (kept !== null) return kept.trim();
  if (!isWanted) return null;
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(root, 'dist', 'keys.js'), 'generate']);
  await writeFile(file, stdout, { mode: 0o600 });
  return stdout.trim();
}
