import { describe, expect, it } from 'vitest';
import { aSpec, at, T0 } from '../../../test/support/snapshot-builder.js';
import type { Endpoint } from '../../machines/domain/machine.js';
import type { ProbeSpec, ReadinessSpec } from './instance-spec.js';
import type { ReadinessProgress } from './progress.js';
import {
  advanceReadiness,
  beginReadiness,
  DEFAULT_ACCEPT,
  needsNoProbe,
  probeTargets,
  type ProbeResult,
} from './readiness.js';

const spec = (changes: Partial<ReadinessSpec> = {}): ReadinessSpec => ({ ...aSpec().readiness, ...changes });
const good: ProbeResult = { ok: true };
const BAD_ANSWER = 'port 1 answers with HTTP 502';
const bad: ProbeResult = { ok: false, why: BAD_ANSWER };
const rounds = (readiness: ReadinessSpec, ...results: ProbeResult[]): ReadinessProgress =>
  results.reduce(
    (progress, result, index) => advanceReadiness(progress, readiness, [result], at(index)),
    beginReadiness(readiness, T0),
  );
const http = (address: string | null, port = 8188): Endpoint => ({ port, protocol: 'http', address });
const tcp = (address: string | null, port = 22): Endpoint => ({ port, protocol: 'tcp', address });
const httpProbe = (path: string): ProbeSpec => ({ port: 8188, type: 'http', path, accept: DEFAULT_ACCEPT });
const target = (endpoint: Endpoint, probes: ProbeSpec[] | null = null) => {
  const found = probeTargets(spec({ probes }), [endpoint]);
  return found.kind === 'targets' ? found.targets[0] : found;
};

describe('readiness', () => {
  it('begins with the run, after the initial delay', () => {
    expect(beginReadiness(spec({ initialDelaySeconds: 7 }), at(3))).toMatchObject({
      verdict: 'unknown',
      runningSince: at(3),
      readyAt: null,
      nextProbeAt: at(10),
    });
  });

  it('comes with the first good round, or with as many in a row as were asked for', () => {
    expect(rounds(spec(), good)).toMatchObject({ verdict: 'ready', readyAt: T0 });
    const three = spec({ successThreshold: 3 });
    expect(rounds(three, good, good).verdict).toBe('unknown');
    expect(rounds(three, good, good, bad, good, good).verdict).toBe('unknown');
    expect(rounds(three, good, good, good)).toMatchObject({ verdict: 'ready', readyAt: at(2) });
  });

  it('is not lost by fewer bad rounds in a row than were asked for: it does not flap', () => {
    const flapping = Array<ProbeResult[]>(10).fill([bad, bad, good]).flat();
    expect(rounds(spec(), good, ...flapping).verdict).toBe('ready');
    expect(rounds(spec(), good, bad, bad, bad).verdict).toBe('unready');
  });

  it('that is lost comes back by the same threshold, and the first time stays known', () => {
    const two = spec({ successThreshold: 2 });
    const lost = [good, good, bad, bad, bad];
    expect(rounds(two, ...lost, good).verdict).toBe('unready');
    expect(rounds(two, ...lost, good, good)).toMatchObject({ verdict: 'ready', readyAt: at(1) });
  });

  it('needs every question of a round answered well', () => {
    const progress = advanceReadiness(beginReadiness(spec(), T0), spec(), [good, bad, good], T0);
    expect(progress).toMatchObject({ verdict: 'unknown', failures: 1, lastFailure: BAD_ANSWER });
  });

  it('is asked for every second while it is awaited, at the interval while it holds, and less often when it never comes', () => {
    const nextIn = (progress: ReadinessProgress, last: number): number =>
      ((progress.nextProbeAt?.getTime() ?? 0) - at(last).getTime()) / 1000;
    expect(nextIn(rounds(spec(), bad), 0)).toBe(1);
    expect(nextIn(rounds(spec(), good), 0)).toBe(27);
    expect(nextIn(rounds(spec(), good, bad), 1)).toBe(1);
    expect(nextIn(rounds(spec(), ...Array<ProbeResult>(61).fill(bad)), 60)).toBe(30);
  });

  it('is asked for a little sooner or later each time, so that a fleet that was asked at once is not for ever', () => {
    const nextIn = (ms: number): number => {
      const now = new Date(T0.getTime() + ms);
      const { nextProbeAt } = advanceReadiness(beginReadiness(spec(), T0), spec(), [good], now);
      return ((nextProbeAt?.getTime() ?? 0) - now.getTime()) / 1000;
    };
    expect([0, 250, 500, 750].map(nextIn)).toEqual([27, 28.5, 30, 31.5]);
    expect(nextIn(999)).toBeCloseTo(33, 1);
  });
});

describe('the questions', () => {
  it('are by default one for each port, by its protocol', () => {
    const found = probeTargets(spec(), [http('https://m-8188.example.ai'), tcp('host.example.ai:31022')]);
    expect(found).toMatchObject({
      kind: 'targets',
      targets: [
        { type: 'http', url: 'https://m-8188.example.ai/', accept: DEFAULT_ACCEPT, timeoutSeconds: 3 },
        { type: 'tcp', host: 'host.example.ai', tcpPort: 31022 },
      ],
    });
  });

  it.each([
    ['/health', 'https://m.example.ai/health'],
    ['/a?b=c', 'https://m.example.ai/a?b=c'],
    ['/', 'https://m.example.ai/'],
  ])('of path %s goes to %s', (path, url) => {
    expect(target(http('https://m.example.ai'), [httpProbe(path)])).toMatchObject({ type: 'http', url });
  });

  it.each(['//evil.example/x', 'https://evil.example/', '/\\evil.example'])(
    'never leave the machine, whatever path %j is kept',
    (path) => {
      const found = target(http('https://m.example.ai'), [httpProbe(path)]);
      expect(found).toMatchObject({
        type: 'http',
        url: expect.stringMatching(/^https:\/\/m\.example\.ai\//) as string,
      });
    },
  );

  it.each([
    ['host.example.ai:31022', 'host.example.ai', 31022],
    ['10.1.2.3:80', '10.1.2.3', 80],
    ['[2001:db8::1]:443', '2001:db8::1', 443],
  ])('to a TCP port at %s go to host %s, port %i', (address, host, tcpPort) => {
    expect(target(tcp(address))).toMatchObject({ type: 'tcp', host, tcpPort });
  });

  it.each([
    ['https://m.example.ai', 443],
    ['http://m.example.ai', 80],
    ['https://m.example.ai:8443', 8443],
  ])('of type tcp to the HTTP endpoint %s go to port %i', (address, tcpPort) => {
    expect(target(http(address), [{ port: 8188, type: 'tcp' }])).toMatchObject({ host: 'm.example.ai', tcpPort });
  });

  it('wait for a port whose address is missing or cannot be asked in this way, and say which', () => {
    expect(target(http(null))).toEqual({ kind: 'no-address', port: 8188 });
    expect(target(tcp('host:1', 8188), [httpProbe('/')])).toEqual({ kind: 'no-address', port: 8188 });
    expect(target(http('https://m.example.ai', 9000), [httpProbe('/')])).toEqual({ kind: 'no-address', port: 8188 });
  });

  it('are none when every probe is none, or the machine has no port: then running is ready', () => {
    expect(needsNoProbe(spec(), [])).toBe(true);
    expect(needsNoProbe(spec({ probes: [{ port: 8188, type: 'none' }] }), [http(null)])).toBe(true);
    expect(needsNoProbe(spec(), [http(null)])).toBe(false);
    expect(probeTargets(spec({ probes: [{ port: 8188, type: 'none' }] }), [http(null)])).toEqual({
      kind: 'targets',
      targets: [],
    });
  });

  it('a token-protected workload is well, and one behind a proxy without an upstream is not', () => {
    const accepts = (status: number): boolean => DEFAULT_ACCEPT.some(({ from, to }) => status >= from && status <= to);
    expect([200, 302, 401, 403].filter(accepts)).toEqual([200, 302, 401, 403]);
    expect([400, 404, 500, 502, 503].filter(accepts)).toEqual([]);
  });
});
