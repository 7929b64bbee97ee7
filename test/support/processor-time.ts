import { readFile } from 'node:fs/promises';

/** Of user and kernel: what Linux counts in. */
const TICKS_PER_SECOND = 100;

/** How long a process has kept a processor busy, in seconds, according to the kernel. */
export const processorSeconds = async (pid: number): Promise<number> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // the name before it may hold spaces and brackets
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
};
