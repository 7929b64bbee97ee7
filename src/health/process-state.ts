import { Injectable } from '@nestjs/common';

/** Whether this process accepts work. On shutdown readiness ends first, so that no new requests come while the others finish. */
@Injectable()
export class ProcessState {
  private leaving = false;
  private started = false;

  /** Whether the process has been ready once. */
  completeStart(): void {
    this.started = true;
  }

  get hasStarted(): boolean {
    return this.started;
  }

  beginShutdown(): void {
    this.leaving = true;
  }

  get isShuttingDown(): boolean {
    return this.leaving;
  }
}
