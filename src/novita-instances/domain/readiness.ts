import { addSeconds } from '../../time/clock.js';
import type { Policy } from './policy.js';
import { isHeldLongEnough, turnsLately } from './flapping.js';
import { NO_READINESS, type ReadinessProgress } from './progress.js';
import type { ProbeTarget, StatusRange } from '../../outbound/probe.js';
import type { ProbeSpec, ReadinessSpec } from './instance-spec.js';
import type { Endpoint } from '../../machines/domain/machine.js';

export type ProbeResult = { ok: true } | { ok: false; why: string };

/**
 * A token-protected workload answers 401 or 403 and is well. A 404 may be the workload's, but nothing says what Novita's proxy
 * answers while nobody listens behind it: a path that the workload has tells the two apart.
 */
export const DEFAULT_ACCEPT: StatusRange[] = [
  { from: 200, to: 399 },
  { from: 401, to: 401 },
  { from: 403, to: 403 },
];

/** How long a machine may run until its workload answers. */
export const readinessSeconds = (
  { readyWithinSeconds }: Pick<ReadinessSpec, 'readyWithinSeconds'>,
  { readinessTimeoutSeconds }: Pick<Policy, 'readinessTimeoutSeconds'>,
): number => readyWithinSeconds ?? readinessTimeoutSeconds;

/** While a workload is awaited it is asked every second, whatever the interval: every second of waiting is paid for. */
const EAGER_SECONDS = 1;
/** A workload that does not come up is asked less and less often, so that a dead fleet costs little. */
const EAGER_FAILURES = 60;
/**
 * Workloads that were asked in the same second, as all are after a restart of the service, would be asked in the same second for
 * ever: so each interval is a little longer or shorter, by this share of it at most.
 */
const SPREAD = 0.1;

/** What to ask: the caller's probes, or one per endpoint by its protocol. A TCP port is never asked in HTTP. */
export const probesFor = (spec: ReadinessSpec, endpoints: Endpoint[]): ProbeSpec[] =>
  spec.probes ??
  endpoints.map(({ port, protocol }) =>
    protocol === 'http' ? { port, type: 'http', path: '/', accept: DEFAULT_ACCEPT } : { port, type: 'tcp' },
  );

/** The questions, or why they cannot be asked yet: an endpoint's address may be missing for a while after the machine runs. */
export const probeTargets = (
  spec: ReadinessSpec,
  endpoints: Endpoint[],
): { kind: 'targets'; targets: ProbeTarget[] } | { kind: 'no-address'; port: number } => {
  const targets: ProbeTarget[] = [];
  for (const probe of probesFor(spec, endpoints)) {
    if (probe.type === 'none') continue;
    const address = endpoints.find(({ port }) => port === probe.port)?.address ?? null;
    const target = address === null ? null : targetAt(probe, address, spec.timeoutSeconds);
    if (!target) return { kind: 'no-address', port: probe.port };
    targets.push(target);
  }
  return { kind: 'targets', targets };
};

const targetAt = (
  probe: Exclude<ProbeSpec, { type: 'none' }>,
  address: string,
  timeoutSeconds: number,
): ProbeTarget | null => {
  if (probe.type === 'http') {
    if (!/^https?:\/\//.test(address)) return null;
    // put together, not resolved: a path such as `//elsewhere` must not lead away from the machine
    const url = new URL(`${new URL(address).origin}/${probe.path.replace(/^\//, '')}`).toString();
    return { port: probe.port, type: 'http', url, accept: probe.accept, timeoutSeconds };
  }
  const { hostname, port } = new URL(/^https?:\/\//.test(address) ? address : `tcp://${address}`);
  const tcpPort = Number(port || (address.startsWith('https:') ? 443 : 80));
  return { port: probe.port, type: 'tcp', host: hostname.replace(/^\[|\]$/g, ''), tcpPort, timeoutSeconds };
};

/** The machine has just been seen running: questions begin after the initial delay. */
export const beginReadiness = (spec: ReadinessSpec, now: Date): ReadinessProgress => ({
  ...NO_READINESS,
  runningSince: now,
  nextProbeAt: addSeconds(now, spec.initialDelaySeconds),
});

/** What one round of questions makes of the readiness. All must be answered well; thresholds keep one bad answer from flapping it. */
export const advanceReadiness = (
  progress: ReadinessProgress,
  spec: ReadinessSpec,
  results: ProbeResult[],
  now: Date,
): ReadinessProgress => {
  const failed = results.find((result) => !result.ok);
  const turns = turnsLately(progress, now);
  const next: ReadinessProgress = failed
    ? { ...progress, turns, successes: 0, failures: progress.failures + 1, lastFailure: failed.why, successSince: null }
    : {
        ...progress,
        turns,
        successes: progress.successes + 1,
        failures: 0,
        lastFailure: null,
        successSince: progress.successSince ?? now,
      };

  if (next.verdict !== 'ready' && next.successes >= spec.successThreshold && isHeldLongEnough(next, now)) {
    if (next.verdict === 'unready') next.turns = [...turns, now];
    next.verdict = 'ready';
    next.readyAt ??= now;
  } else if (next.verdict === 'ready' && next.failures >= spec.failureThreshold) {
    next.verdict = 'unready';
    next.turns = [...turns, now];
  }
  next.nextProbeAt = addSeconds(now, secondsToNextProbe(next, spec, now));
  return next;
};

const secondsToNextProbe = ({ verdict, failures }: ReadinessProgress, spec: ReadinessSpec, now: Date): number => {
  if (verdict === 'ready' && failures === 0) return spec.intervalSeconds * spreadAt(now);
  return failures <= EAGER_FAILURES ? Math.min(EAGER_SECONDS, spec.intervalSeconds) : spec.intervalSeconds;
};

/** Between 1 - {@link SPREAD} and 1 + {@link SPREAD}; the millisecond serves as the die. */
const spreadAt = (now: Date): number => 1 + SPREAD * (now.getMilliseconds() / 500 - 1);

/** Whether nothing needs asking: no ports, or every probe is of type `none`. Then running is ready. */
export const needsNoProbe = (spec: ReadinessSpec, endpoints: Endpoint[]): boolean =>
  probesFor(spec, endpoints).every(({ type }) => type === 'none');
