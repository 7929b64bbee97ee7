import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { CacheFigures } from '../metrics/cache-figures.js';
import { cacheView } from '../metrics/metrics-json.view.js';
import type { HealthCheck } from './health-check.js';

/** The cache of the catalogue. It is in memory and cannot fail; its hit ratio is shown. */
@Injectable()
export class CacheHealth implements HealthCheck {
  readonly name = 'cache';
  readonly kind = 'dependency';

  constructor(
    private readonly figures: CacheFigures,
    private readonly indicators: HealthIndicatorService,
  ) {}

  check(): Promise<HealthIndicatorResult> {
    const { hitRatio, totalSize, hits, misses } = cacheView(this.figures);
    return Promise.resolve(this.indicators.check(this.name).up({ hitRatio, totalEntries: totalSize, hits, misses }));
  }
}
