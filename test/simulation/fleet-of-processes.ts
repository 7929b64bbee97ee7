import { fork, type ChildProcess, type Serializable } from 'node:child_process';

/** Gives tasks to processes of this program. Each process does one task at a time. `onAnswer` says whether to go on. */
export const spread = (
  program: string,
  processes: number,
  tasks: Iterable<Serializable>,
  onAnswer: (answer: unknown) => boolean,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const waiting = tasks[Symbol.iterator]();
    const children: ChildProcess[] = [];
    let isOver = false;
    let busy = 0;
    const end = (error?: Error): void => {
      isOver = true;
      for (const child of children) child.kill();
      if (error) reject(error);
      else resolve();
    };
    const feed = (child: ChildProcess): void => {
      const next = waiting.next();
      if (next.done) {
        if (busy === 0) end();
        return;
      }
      busy += 1;
      child.send(next.value);
    };
    for (let at = 0; at < processes; at++) {
      const child = fork(program, ['--worker'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      children.push(child);
      child.on('message', (answer) => {
        busy -= 1;
        if (isOver) return;
        if (onAnswer(answer)) feed(child);
        else end();
      });
      child.on('exit', (code) => {
        if (!isOver) end(new Error(`a process of the simulation ended with ${String(code)}`));
      });
      feed(child);
    }
  });

/** What such a process does: it answers each task that it is sent. */
export const answerTasks = (work: (task: unknown) => Promise<Serializable>): void => {
  process.on('message', (task) => {
    void work(task).then((answer) => process.send?.(answer));
  });
};
