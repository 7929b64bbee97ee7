import type { ChildProcess } from 'node:child_process';

/** A process that we started. `ended` never rejects. */
export interface LivingProcess {
  child: ChildProcess;
  ended: Promise<void>;
}

export const watchProcess = (child: ChildProcess): LivingProcess => ({
  child,
  ended: new Promise((resolve) => {
    // a process that could not be started has no exit event
    child.once('error', () => {
      resolve();
    });
    child.once('exit', () => {
      resolve();
    });
  }),
});

export const isLiving = ({ child }: LivingProcess): boolean =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null;

/** Sends SIGKILL, also to a stopped process, and resolves when it is gone. */
export const killProcess = async (process: LivingProcess): Promise<void> => {
  if (isLiving(process)) process.child.kill('SIGKILL');
  await process.ended;
};
