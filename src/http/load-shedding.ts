/**
 * Refuses requests while the event loop is overloaded, so that those that are served are served in time. Shedding begins when two samples
 * in a row are over the limit: one long turn, such as a collection of garbage, is no overload. It ends when two samples in a row are below
 * half of the limit, so that it does not begin again with the first requests that are let in.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DomainError } from '../errors/domain-error.js';
import type { Log } from '../logging/log.js';

const SAMPLE_MS = 1_000;
const RESOLUTION_MS = 10;
const SAMPLES_IN_A_ROW = 2;
const CALM_SHARE = 0.5;
const RETRY_SECONDS = 2;

export interface Load {
  isShedding: boolean;
  /** How many of the last samples speak for the other state. */
  against: number;
}

export const CALM: Load = { isShedding: false, against: 0 };

/**
 * The state after one more sample. Pure.
 * @param delayMs the mean delay of a turn of the event loop
 */
export const judgeLoad = ({ isShedding, against }: Load, delayMs: number, limitMs: number): Load => {
  const speaksAgainst = isShedding ? delayMs < limitMs * CALM_SHARE : delayMs > limitMs;
  if (!speaksAgainst) return { isShedding, against: 0 };
  return against + 1 < SAMPLES_IN_A_ROW
    ? { isShedding, against: against + 1 }
    : { isShedding: !isShedding, against: 0 };
};

export interface LoadShedding {
  /** In milliseconds. 0: no request is refused. */
  limitMs: number;
  /** Whether a request may be refused. The operator's monitoring never is. */
  isShed: (request: FastifyRequest) => boolean;
  log: () => Pick<Log, 'warn' | 'info'> | null;
}

/** Must be registered before the hook that looks at keys, which is work too. */
export function shedLoad(fastify: FastifyInstance, { limitMs, isShed, log }: LoadShedding): void {
  if (limitMs === 0) return;
  let load = CALM;
  const { read, stop } = measureDelay();
  const sampling = setInterval(() => {
    const ms = read();
    const before = load.isShedding;
    load = judgeLoad(load, ms, limitMs);
    if (load.isShedding && !before) log()?.warn({ delayMs: Math.round(ms), limitMs }, 'overloaded: refusing requests');
    if (!load.isShedding && before) log()?.info({ delayMs: Math.round(ms) }, 'no longer overloaded');
  }, SAMPLE_MS).unref();
  fastify.addHook('onClose', (_instance, done) => {
    clearInterval(sampling);
    stop();
    done();
  });
  fastify.addHook('onRequest', (request, _reply, done) => {
    done(load.isShedding && isShed(request) ? overloaded() : undefined);
  });
}

function measureDelay(): { read: () => number; stop: () => void } {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return {
    read: () => {
      // the histogram has the whole time between two turns; without a turn the mean is not a number
      const ms = histogram.mean / 1e6 - RESOLUTION_MS;
      histogram.reset();
      return ms > 0 ? ms : 0;
    },
    stop: () => void histogram.disable(),
  };
}

const overloaded = (): DomainError =>
  new DomainError('SERVICE_UNAVAILABLE', 'The service has more requests than it can serve in time.', {
    retryAfterSeconds: RETRY_SECONDS,
  });
