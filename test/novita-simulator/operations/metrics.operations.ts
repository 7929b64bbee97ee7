import { ok } from '../answer.js';
import type { Machine } from '../machine.js';
import { knownMachine, type World } from '../world.js';
import { get, invalid, whole, type ApiRequest, type Operation } from './operation.js';

const SHORTEST_WINDOW_SECONDS = 60;
const USUAL_INTERVAL_SECONDS = 15;
const MOST_POINTS = 2_000;
/** With the switch `metricGaps`, the series of the CPU is empty in one of so many minutes. */
const GAP_EVERY_MINUTES = 5;

export const METRICS_OPERATIONS: readonly Operation[] = [
  get('getInstanceMetrics', '/metrics/gpu/instance', getMetrics, 'account'),
];

function getMetrics(world: World, { query }: ApiRequest) {
  const machine = knownMachine(world, query.get('instanceId') ?? '');
  const now = Math.floor(world.clock.now() / 1000);
  const to = whole(query, 'endTime', now);
  const from = whole(query, 'startTime', to - SHORTEST_WINDOW_SECONDS);
  const interval = whole(query, 'interval', USUAL_INTERVAL_SECONDS);
  if (from > to - SHORTEST_WINDOW_SECONDS) throw invalid('startTime must be at least 60 s before endTime');
  if (interval < USUAL_INTERVAL_SECONDS) throw invalid('interval must be at least 15');
  if ((to - from) / interval > MOST_POINTS) throw invalid('interval is too short for this time');
  const times: number[] = [];
  for (let time = from; time <= Math.min(to, now); time += interval) if (ranAt(machine, time)) times.push(time);
  const series = (value: number) => times.map((time) => ({ timestamp: String(time), value }));
  const { usage } = machine;
  const gpu = (value: number) => ({
    avg: machine.kind === 'gpu' ? series(value) : [],
    gpuIds: machine.gpuIds.map((gpuId) => ({ gpuId, items: series(value) })),
  });
  const isGap = world.switches.metricGaps === 'nowAndThen' && Math.floor(now / 60) % GAP_EVERY_MINUTES === 0;
  return ok({
    cpuUtilization: isGap ? [] : series(usage.cpuPercent * machine.cpuNum),
    memUtilization: series(usage.memoryPercent),
    rootDiskUtilization: series(usage.diskPercent),
    gpuUtilization: gpu(usage.gpuPercent),
    gpuMemUtilization: gpu(usage.gpuMemoryPercent),
  });
}

const ranAt = ({ runs }: Machine, seconds: number) =>
  runs.some(({ from, to }) => from <= seconds * 1000 && seconds * 1000 <= (to ?? Infinity));
