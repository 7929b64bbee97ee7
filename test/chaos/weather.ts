import type { Fault } from '../novita-simulator/faults.js';
import { SETTLE_SECONDS, NOVITA_TIMEOUT_SECONDS } from './service-environment.js';
import type { Novita } from './novita.js';

const LONGER_THAN_PATIENCE_MS = NOVITA_TIMEOUT_SECONDS * 1000 + 1_000;

/** Later than the settle window, which no client of a create without an idempotency key can rule out. Kept rare. */
export const TOO_LATE_MS = (SETTLE_SECONDS + 5) * 1000;

/** The faults of Novita during the storm: operation, fault, and share of the requests. */
const WEATHER: [operation: string, fault: Fault, share: number][] = [
  // the answer is lost, but the machine is made
  ['createInstance', { after: true, drop: true }, 0.04],
  ['createInstance', { after: true, status: 500 }, 0.04],
  ['createInstance', { after: true, htmlError: true }, 0.02],
  ['createInstance', 'partialJson', 0.01],
  // neither an answer nor a machine
  ['createInstance', 'drop', 0.02],
  ['createInstance', { status: 503 }, 0.02],
  // no answer, and the machine appears later
  ['createInstance', { drop: true, executeLateMs: 2_000 }, 0.02],
  ['createInstance', { status: 504, executeLateMs: 7_000 }, 0.02],
  ['createInstance', { status: 504, executeLateMs: TOO_LATE_MS }, 0.005],
  // slow: within the timeout, and beyond it
  ['createInstance', { after: true, delayMs: 1_500 }, 0.15],
  ['createInstance', { after: true, delayMs: LONGER_THAN_PATIENCE_MS }, 0.02],
  ['deleteInstance', { after: true, drop: true }, 0.04],
  ['deleteInstance', 'drop', 0.04],
  ['deleteInstance', { status: 500 }, 0.02],
  ['deleteInstance', { after: true, delayMs: 1_000 }, 0.1],
  ['stopInstance', { after: true, drop: true }, 0.05],
  ['stopInstance', { status: 502 }, 0.03],
  ['startInstance', { after: true, status: 500 }, 0.05],
  ['startInstance', 'drop', 0.03],
  ['restartInstance', { after: true, drop: true }, 0.05],
  ['getInstance', { status: 500 }, 0.01],
  ['getInstance', { delayMs: 700 }, 0.03],
  ['listInstances', { listLag: 2_000 }, 0.05],
  ['listInstances', 'partialJson', 0.02],
  ['listInstances', { delayMs: 1_500 }, 0.05],
];

export const bringWeather = async (novita: Novita): Promise<void> => {
  for (const [operation, fault, share] of WEATHER) await novita.faultSometimes(operation, fault, share);
};
