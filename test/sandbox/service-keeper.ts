/**
 * A process between the sandbox and the service. It starts the service and, when the sandbox ends (on request or by kill -9), cleans up
 * after both. It is in no terminal's process group, so Ctrl-C reaches neither it nor the service. {@link RunningService} starts it; its
 * arguments are the service's program, the directory, and whether that is temporary. Its environment is the service's.
 */
import { spawn } from 'node:child_process';
import { cleanUp } from './clean-up.js';
import { lock } from './data-place.js';

/** What the keeper reports to the sandbox. */
export type KeeperMessage = { started: number } | { ended: string };

const [program = '', directory = '', lifetime = ''] = process.argv.slice(2);

const tell = (message: KeeperMessage): void => {
  if (process.connected) process.send?.(message);
};

lock(directory, process.pid);
const service = spawn(process.execPath, [program], { cwd: directory, stdio: ['ignore', 'inherit', 'inherit'] });
let servicePid = service.pid ?? null;
if (servicePid !== null) tell({ started: servicePid });
service.once('error', (error) => {
  tell({ ended: error.message });
});
service.once('exit', (code, signal) => {
  servicePid = null;
  tell({ ended: signal ?? `exit code ${code ?? 'unknown'}` });
});

let leaving = false;
const leave = (): void => {
  if (leaving) return;
  leaving = true;
  cleanUp({ servicePid, directory, temporary: lifetime === 'temporary' }).then(
    () => process.exit(0),
    () => process.exit(1),
  );
};
process.once('disconnect', leave);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, leave);
