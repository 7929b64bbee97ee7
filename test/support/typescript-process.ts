import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import path from 'node:path';

/** Runs a TypeScript file in its own process, so that a test can kill it like a real one. */
const LOADER = `
  import { runnerImport } from 'vite';
  const [file, ...args] = process.argv.slice(1);
  process.argv.splice(1, process.argv.length, file, ...args);
  await runnerImport(file, {
    configFile: false,
    logLevel: 'error',
    oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  });
`;

export interface TypescriptProcess {
  child: ChildProcess;
  /** Resolves with the first line of standard output that starts with `word`, without the word. */
  said(word: string): Promise<string>;
  /** Resolves with the exit code at the end, or null when a signal ended the process. */
  exited: Promise<number | null>;
}

/** @param file relative to the project */
export const startTypescript = (file: string, ...args: string[]): TypescriptProcess => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', LOADER, path.resolve(file), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  const said = (word: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const line = lines.find((candidate) => candidate.startsWith(word));
        if (line === undefined) return;
        waiting.delete(look);
        resolve(line.slice(word.length).trim());
      };
      waiting.add(look);
      void exited.then((code) => {
        reject(new Error(`${file} ended with ${String(code)} before it said "${word}": ${errors}`));
      });
      look();
    });
  return { child, said, exited };
};
