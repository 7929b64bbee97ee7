import { Injectable } from '@nestjs/common';

/** Whether this process still wants work. Readiness falls first, so that nobody sends more while the rest is finished. */
@Injectable()
export class ProcessState {
  private leaving = false;
  private started = false;

  /** It has been ready once. */
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
