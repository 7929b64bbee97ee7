import { timeout, TimeoutStrategy } from 'cockatiel';
import type { Clock } from '../time/clock.js';
import type { RequestKind } from './novita-client.js';
import type { NovitaReply, NovitaRequest, NovitaTransport } from './novita-transport.js';
import type { RequestBudget } from './request-budget.js';

export type NovitaOperation =
  | 'create'
  | 'start'
  | 'stop'
  | 'restart'
  | 'delete'
  | 'look'
  | 'list-machines'
  | 'list-products'
  | 'list-clusters'
  | 'list-templates'
  | 'get-template'
  | 'list-registry-auths';

/** One HTTP request as metrics want it. `budget` and `not-sent` ones never reached Novita. */
export interface NovitaCall {
  operation: NovitaOperation;
  outcome: 'answered' | 'not-sent' | 'timeout' | 'network' | 'too-large' | 'budget';
  httpStatus: number | null;
  ms: number;
}

export type OnCall = (call: NovitaCall) => void;

export interface BudgetRefusal {
  kind: 'no-budget';
  nextInMs: number;
}

/** Sends one request at a time to its end: within the budget, within a deadline, and told to whoever counts. */
export class NovitaCalls {
  constructor(
    private readonly transport: NovitaTransport,
    private readonly budget: RequestBudget,
    private readonly clock: Clock,
    private readonly onCall: OnCall,
  ) {}

  /** One HTTP request; costs one token of the budget. Never throws. */
  async once(
    operation: NovitaOperation,
    kind: RequestKind,
    request: NovitaRequest,
    timeoutMs: number,
    parent?: AbortSignal,
  ): Promise<NovitaReply | BudgetRefusal> {
    if (!this.budget.take(kind)) {
      this.tell({ operation, outcome: 'budget', httpStatus: null, ms: 0 });
      return { kind: 'no-budget', nextInMs: this.budget.look(kind).nextInMs };
    }
    const startedAt = this.clock.monotonicMs();
    const reply = await timeout(timeoutMs, TimeoutStrategy.Cooperative).execute(
      ({ signal }) => this.transport.send(request, signal),
      parent,
    );
    const outcome = reply.kind === 'answer' ? 'answered' : reply.phase === 'not-sent' ? 'not-sent' : reply.cause;
    this.tell({ operation, outcome, httpStatus: reply.status, ms: this.clock.monotonicMs() - startedAt });
    return reply;
  }

  private tell(call: NovitaCall): void {
    try {
      this.onCall(call);
    } catch {
      // A counter that fails must not turn a machine that was just bought into an error.
    }
  }
}
