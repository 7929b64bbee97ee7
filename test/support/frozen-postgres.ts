import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A PostgreSQL whose processes are all stopped by SIGSTOP: the kernel still accepts connections and data for it, but it never answers.
 */
export class FrozenPostgres {
  private constructor(private readonly pids: number[]) {}

  static async freeze(postmaster: number): Promise<FrozenPostgres> {
    // the postmaster first, so that it starts no more processes
    process.kill(postmaster, 'SIGSTOP');
    const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=']);
    const children = stdout
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number))
      .flatMap(([pid, parent]) => (pid !== undefined && parent === postmaster ? [pid] : []));
    for (const pid of children) signal(pid, 'SIGSTOP');
    return new FrozenPostgres([postmaster, ...children]);
  }

  thaw(): void {
    for (const pid of this.pids) signal(pid, 'SIGCONT');
  }
}

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch (error) {
    // the session has just ended
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};
