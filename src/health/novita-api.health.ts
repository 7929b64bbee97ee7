import { Inject, Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import type { NovitaCall } from '../novita-api/novita-calls.js';
import { CLOCK, type Clock } from '../time/clock.js';
import type { HealthCheck } from './health-check.js';

/** One lost request is the internet; three in a row are an outage. */
const FAILURES_OF_AN_OUTAGE = 3;

/**
 * Whether Novita answers, told from the calls that the service makes anyway: a health check that calls for itself would
 * spend the request budget, and would be answered while the real calls are not.
 */
@Injectable()
export class NovitaApiHealth implements HealthCheck {
  readonly name = 'novitaApi';
  readonly kind = 'dependency';
  private failuresInARow = 0;
  private keyRefused = false;
  private lastAnswerAt: Date | null = null;

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly indicators: HealthIndicatorService,
  ) {}

  /** Told of every call, see NOVITA_ON_CALL. */
  readonly onCall = (call: NovitaCall): void => {
    if (call.outcome === 'budget' || call.outcome === 'circuit') return;
    const answered = call.outcome === 'answered' && (call.httpStatus ?? 500) < 500;
    this.keyRefused = call.httpStatus === 401 || call.httpStatus === 403;
    this.failuresInARow = answered ? 0 : this.failuresInARow + 1;
    if (answered) this.lastAnswerAt = this.clock.now();
  };

  look(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check(this.name);
    const { lastAnswerAt } = this;
    const facts: Record<string, string> = lastAnswerAt === null ? {} : { lastAnswerAt: lastAnswerAt.toISOString() };
    if (this.keyRefused) return Promise.resolve(indicator.down({ ...facts, message: 'refuses NOVITA_API_KEY' }));
    if (this.failuresInARow >= FAILURES_OF_AN_OUTAGE) {
      return Promise.resolve(indicator.down({ ...facts, message: 'does not answer' }));
    }
    return Promise.resolve(indicator.up(lastAnswerAt === null ? { message: 'not asked yet' } : facts));
  }
}
