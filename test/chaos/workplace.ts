import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { closeSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A temporary directory for all files of a run: the database, the logs, the simulator's journal. */
export class Workplace {
  private constructor(readonly directory: string) {}

  static async open(): Promise<Workplace> {
    const directory = await mkdtemp(path.join(tmpdir(), 'novitai-chaos-'));
    // if this process is root, PostgreSQL runs as another user, and must reach its directory in here
    await chmod(directory, 0o711);
    return new Workplace(directory);
  }

  file(name: string): string {
    return path.join(this.directory, name);
  }

  /** Opens a log for `use` and closes it afterwards; the started process has its own descriptor. */
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
