import { timeout, TimeoutStrategy } from 'cockatiel';
import type { Clock } from '../time/clock.js';
import { CircuitBreaker, type CircuitPolicy, type Verdict } from './circuit-breaker.js';
import type { RequestKind } from './novita-client.js';
import type { NovitaReply, NovitaRequest, NovitaTransport } from './novita-transport.js';
import { type Admission, ADMISSION_MS, type RequestBudget } from './request-budget.js';

export type NovitaOperation =
  | 'create'
  | 'start'
  | 'stop'
  | 'restart'
  | 'migrate'
  | 'delete'
  | 'edit'
  | 'upgrade'
  | 'look'
  | 'list-machines'
  | 'list-products'
  | 'list-clusters'
  | 'list-templates'
  | 'get-template'
  | 'list-registry-auths'
  | 'save-registry-auth'
  | 'delete-registry-auth'
  | 'list-volumes';

/** One HTTP request, for metrics. Requests with outcome `budget`, `circuit` or `not-sent` never reached Novita. */
export interface NovitaCall {
  operation: NovitaOperation;
  outcome: 'answered' | 'not-sent' | 'timeout' | 'network' | 'too-large' | 'budget' | 'circuit';
  httpStatus: number | null;
  ms: number;
}

export type OnCall = (call: NovitaCall) => void;

/** Called when the circuit of a kind of request opens or closes. */
export type OnCircuit = (kind: RequestKind, isOpen: boolean) => void;

/** The client itself decided to send nothing. */
export interface HeldBack {
  kind: 'held-back';
  by: 'budget' | 'circuit';
  nextInMs: number;
  why: string;
}

/**
 * Each kind has a circuit of its own, so that failing reads or creates hold back no delete. The circuit of releases only spaces their
 * tries: a machine that is not deleted costs money every second.
 */
const CIRCUITS: Record<RequestKind, CircuitPolicy> = {
  read: { failures: 5, openMs: 2_000, longestMs: 10_000 },
  create: { failures: 5, openMs: 5_000, longestMs: 20_000 },
  release: { failures: 5, openMs: 1_000, longestMs: 1_000 },
};

interface NovitaCallsParts {
  transport: NovitaTransport;
  budget: RequestBudget;
  clock: Clock;
  onCall: OnCall;
  onCircuit: OnCircuit;
}

/** Sends single requests, subject to circuit, budget and deadline, and reports them to the listeners. */
export class NovitaCalls {
  private readonly circuits: Record<RequestKind, CircuitBreaker>;

  constructor(private readonly parts: NovitaCallsParts) {
    const circuitFor = (kind: RequestKind): CircuitBreaker =>
      new CircuitBreaker(parts.clock, CIRCUITS[kind], (isOpen) => {
        ignoringErrors(() => {
          parts.onCircuit(kind, isOpen);
        });
      });
    this.circuits = { read: circuitFor('read'), create: circuitFor('create'), release: circuitFor('release') };
  }

  /** One HTTP request; costs one token of the budget. Never throws. */
  async once(
    operation: NovitaOperation,
    kind: RequestKind,
    request: NovitaRequest,
    timeoutMs: number,
  ): Promise<NovitaReply | HeldBack> {
    const passage = this.circuits[kind].enter();
    if (!passage) {
      const nextInMs = this.circuits[kind].blockedMs();
      const why = `Novita failed several times in a row, the next try is in ${Math.ceil(nextInMs / 1000)} s`;
      return this.holdBack(operation, { kind: 'held-back', by: 'circuit', nextInMs, why });
    }
    let verdict: Verdict = 'nothing';
    try {
      const admission = await this.admission(kind);
      if (!admission.admitted) {
        const { nextInMs, why } = admission;
        return this.holdBack(operation, { kind: 'held-back', by: 'budget', nextInMs, why });
      }
      const reply = await this.send(operation, request, timeoutMs);
      verdict = verdictOf(reply);
      const pauseSeconds = pauseAskedFor(reply);
      if (pauseSeconds > 0) await this.parts.budget.hold(pauseSeconds);
      return reply;
    } finally {
      passage(verdict);
    }
  }

  /** What the budget would admit, or nothing while the circuit is open. */
  async budget(kind: RequestKind): Promise<{ available: number; nextInMs: number }> {
    const blockedMs = this.circuits[kind].blockedMs();
    return blockedMs > 0 ? { available: 0, nextInMs: blockedMs } : this.parts.budget.peek(kind);
  }

  /** Refuses a late admission: if the process slept meanwhile, the minute is over and others may think it is dead. */
  private async admission(kind: RequestKind): Promise<Admission> {
    const { budget, clock } = this.parts;
    const askedAt = clock.monotonicMs();
    const admission = await budget.take(kind);
    if (!admission.admitted || clock.monotonicMs() - askedAt <= ADMISSION_MS) return admission;
    return { admitted: false, nextInMs: 0, why: 'the admission came too late to be used' };
  }

  private async send(operation: NovitaOperation, request: NovitaRequest, timeoutMs: number): Promise<NovitaReply> {
    const { transport, clock } = this.parts;
    const startedAt = clock.monotonicMs();
    // aborting after the answer is expensive and useless
    const deadline = timeout(timeoutMs, { strategy: TimeoutStrategy.Cooperative, abortOnReturn: false });
    const reply = await deadline.execute(({ signal }) => transport.send(request, signal));
    const outcome = reply.kind === 'answer' ? 'answered' : reply.phase === 'not-sent' ? 'not-sent' : reply.cause;
    this.report({ operation, outcome, httpStatus: reply.status, ms: clock.monotonicMs() - startedAt });
    return reply;
  }

  private holdBack(operation: NovitaOperation, heldBack: HeldBack): HeldBack {
    this.report({ operation, outcome: heldBack.by, httpStatus: null, ms: 0 });
    return heldBack;
  }

  private report(call: NovitaCall): void {
    ignoringErrors(() => {
      this.parts.onCall(call);
    });
  }
}

/** Ignores errors of a listener: a failing counter must not turn a bought machine into an error. */
function ignoringErrors(tell: () => void): void {
  try {
    tell();
  } catch {
    // the count is lost
  }
}

/** A refusal shows that Novita works. Only silence, a broken connection and 5xx count as failures. */
function verdictOf(reply: NovitaReply): Verdict {
  if (reply.status !== null && reply.status >= 500) return 'fails';
  return reply.kind === 'failure' && reply.cause !== 'too-large' ? 'fails' : 'works';
}

const pauseAskedFor = (reply: NovitaReply): number =>
  reply.kind === 'answer' && (reply.status === 429 || reply.status === 503) ? (reply.retryAfterSeconds ?? 0) : 0;
