import { getToken, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Gauge } from 'prom-client';
import type { NovitaCall, OnCall, OnCircuit } from './novita-calls.js';

const REQUESTS_TOTAL = 'novita_requests_total';
const CIRCUIT_OPEN = 'novita_circuit_open';

export type NovitaRequestCounter = Counter<'operation' | 'outcome'>;
export type NovitaCircuitGauge = Gauge<'kind'>;

export const NOVITA_REQUEST_COUNTER = getToken(REQUESTS_TOTAL);
export const NOVITA_CIRCUIT_GAUGE = getToken(CIRCUIT_OPEN);

export const novitaApiMetricProviders = [
  makeCounterProvider({
    name: REQUESTS_TOTAL,
    help: 'Requests to Novita by operation and outcome: 2xx to 5xx, not-sent, timeout, network, too-large; budget and circuit were held back and not sent.',
    labelNames: ['operation', 'outcome'],
  }),
  makeGaugeProvider({
    name: CIRCUIT_OPEN,
    help: '1 while requests of the kind (read, create, release) are held back because Novita failed several times in a row.',
    labelNames: ['kind'],
  }),
];

export function countCalls(requests: NovitaRequestCounter): OnCall {
  return (call) => {
    requests.inc({ operation: call.operation, outcome: outcomeOf(call) });
  };
}

export function showCircuits(circuits: NovitaCircuitGauge): OnCircuit {
  for (const kind of ['read', 'create', 'release']) circuits.set({ kind }, 0);
  return (kind, isOpen) => {
    circuits.set({ kind }, isOpen ? 1 : 0);
  };
}

const outcomeOf = ({ outcome, httpStatus }: NovitaCall): string =>
  outcome === 'answered' && httpStatus !== null ? `${Math.floor(httpStatus / 100)}xx` : outcome;
