import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { CallRecord } from '../novita-api/call-record.js';
import type { HealthCheck } from './health-check.js';

/** A single lost request is normal; three in a row count as an outage. */
const FAILURES_OF_AN_OUTAGE = 3;

/**
 * Whether Novita answers, judged by the calls that the service makes anyway. Calls for the check itself would spend the request budget, and
 * might be answered while the real calls are not.
 */
@Injectable()
export class NovitaApiHealth implements HealthCheck {
  readonly name = 'novitaApi';
  readonly kind = 'dependency';

  constructor(
    private readonly calls: CallRecord,
    private readonly indicators: HealthIndicatorService,
  ) {}

  check(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check(this.name);
    const { lastAnswerAt, isKeyRefused, failuresInARow } = this.calls;
    const snapshot: Record<string, string> = lastAnswerAt === null ? {} : { lastAnswerAt: lastAnswerAt.toISOString() };
    if (isKeyRefused) return Promise.resolve(indicator.down({ ...snapshot, message: 'refuses NOVITA_API_KEY' }));
    if (failuresInARow >= FAILURES_OF_AN_OUTAGE) {
      return Promise.resolve(indicator.down({ ...snapshot, message: 'does not answer' }));
    }
    return Promise.resolve(indicator.up(lastAnswerAt === null ? { message: 'not asked yet' } : snapshot));
  }
}
