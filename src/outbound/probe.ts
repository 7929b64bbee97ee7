import type { UpstreamText } from '../redaction/upstream-text.js';

/** HTTP statuses from one to another, both included. */
export interface StatusRange {
  from: number;
  to: number;
}

/** One question to one endpoint of a machine. */
export type ProbeTarget =
  | { port: number; type: 'http'; url: string; accept: StatusRange[]; timeoutSeconds: number }
  | { port: number; type: 'tcp'; host: string; tcpPort: number; timeoutSeconds: number };

/** A failure's text may be the workload's own. */
export type ProbeAnswer = { ok: true } | { ok: false; why: string | UpstreamText };

/** Asks a workload one question over the network. Never throws: a failed question is a result. */
export interface Prober {
  probe(target: ProbeTarget): Promise<ProbeAnswer>;
}
