import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../dist/keys.js', import.meta.url));

export interface CommandEnd {
  status: number;
  stdout: string;
  stderr: string;
}

/** `npm run keys`, the built command, with these settings and no others. */
export const keysCommand =
  (settings: Record<string, string>) =>
  (...words: string[]): Promise<CommandEnd> =>
    new Promise((resolve) => {
      const env = { PATH: process.env.PATH, NOVITA_API_KEY: 'not-needed', ...settings };
      const child = execFile(
        process.execPath,
        [COMMAND, ...words],
        { env, cwd: tmpdir() },
        (_error, stdout, stderr) => {
          resolve({ status: child.exitCode ?? -1, stdout, stderr });
        },
      );
    });
