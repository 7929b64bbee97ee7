import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A PostgreSQL whose processes are all stopped by SIGSTOP: the kernel still takes connections for it and what is sent to it, and
 * nothing ever answers.
 */
export class FrozenPostgres {
  private constructor(private readonly pids: number[]) {}

  static async freeze(postmaster: number): Promise<FrozenPostgres> {
    // first, so that it makes no more of them
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
    // a session that has just ended
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};
