import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Load {
  requests: number;
  perSecond: number;
}

/** Asks for one URL without a pause, by the tool `wrk`. @throws Error when an answer is none of 2xx or 3xx, or wrk is not installed */
export const askWithoutPause = async (
  url: string,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<Load> => {
  const { stdout } = await run('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, url]).catch((cause: unknown) => {
    throw new Error('wrk did not run: is it installed (apt-get install wrk)?', { cause });
  });
  const failed = /Non-2xx.*|Socket errors.*/.exec(stdout);
  if (failed) throw new Error(`${url}: ${failed[0]}`);
  const numberIn = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1]);
  return { requests: numberIn(/(\d+) requests in/), perSecond: numberIn(/Requests\/sec:\s+([\d.]+)/) };
};
