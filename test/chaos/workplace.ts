import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { closeSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A temporary directory that holds everything of one run: the database, the logs, Novita's journal. */
export class Workplace {
  private constructor(readonly directory: string) {}

  static async open(): Promise<Workplace> {
    const directory = await mkdtemp(path.join(tmpdir(), 'novitai-chaos-'));
    // PostgreSQL runs as another user when we are root, and must get to its own directory in here
    await chmod(directory, 0o711);
    return new Workplace(directory);
  }

  file(name: string): string {
    return path.join(this.directory, name);
  }

  /** Hands a log to `use`, as a file to append to, and lets go of it: the process that was started keeps its own hold. */
  withLog<T>(name: string, use: (file: number) => T): T {
    const file = openSync(this.file(`${name}.log`), 'a');
    try {
      return use(file);
    } finally {
      closeSync(file);
    }
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }
}
