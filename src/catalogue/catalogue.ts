import { LRUCache } from 'lru-cache';
import { DomainError } from '../errors/domain-error.js';
import {
  NovitaUnavailable,
  type Cluster,
  type NovitaClient,
  type RegistryAuth,
  type Template,
  type Volume,
} from '../novita-api/novita-client.js';
import type { CacheOutcome } from '../metrics/cache-figures.js';
import { withoutWaitLimit } from '../database/wait-limit.js';
import { secondsBetween, type Clock } from '../time/clock.js';
import { offersOf, type Offer } from './domain/offers.js';
import type { BillingMode } from '../vocabulary/billing-mode.js';

/** An answer of Novita, and when it was given. */
export interface Observed<T> {
  value: T;
  observedAt: Date;
}

const BILLING_MODES: BillingMode[] = ['onDemand', 'spot'];
/** Enough for offers, regions, template list, registry auths, and the templates in use. */
const MAX_ENTRIES = 500;
/** Measured as JSON. All offers have a few hundred kilobytes; a template has one, and callers choose which templates are read. */
const MAX_BYTES = 16 * 1024 * 1024;
/** How long "no such template" or "no such volume" is cached. Short, since a person may just be making it at Novita. */
const MISSING_SECONDS = 5;
const RETRY_SECONDS = 5;
/** Longer than a burst of requests takes, and shorter than the time between two looks for those who wait for capacity. */
const FRESH_SECONDS = 5;

/**
 * Caches what Novita sells. For each question at most one request runs at a time. A stale answer is returned while a new one is fetched,
 * and when Novita is down the last answer stays valid.
 */
export class Catalogue {
  private readonly cache: LRUCache<string, Observed<object>>;
  private registryAuthsChangedAt: Date | null = null;
  private readonly questions = new Map<string, () => Promise<object>>();

  constructor(
    private readonly novita: NovitaClient,
    private readonly clock: Clock,
    /** Older answers are still returned, but refreshed. */
    readonly cacheSeconds: number,
    /** Counts how questions were answered, and how many answers are cached. */
    private readonly onAsked: (outcome: CacheOutcome, size: number) => void = () => undefined,
  ) {
    this.cache = new LRUCache({
      max: MAX_ENTRIES,
      maxSize: MAX_BYTES,
      sizeCalculation: ({ value }) => JSON.stringify(value).length + 1,
      ttl: cacheSeconds * 1000,
      // our clock, read for every question: the library would reuse its time for a while
      perf: { now: () => this.clock.monotonicMs() },
      ttlResolution: 0,
      allowStale: true,
      allowStaleOnFetchRejection: true,
      noDeleteOnFetchRejection: true,
      fetchMethod: async (key) => {
        const question = this.questions.get(key);
        if (!question) throw new Error(`no question is called ${key}`);
        const observedAt = this.clock.now();
        return { value: await withoutWaitLimit(question), observedAt };
      },
    });
  }

  /** How old an answer may be that money is spent by, or that is shown as the price of this moment. */
  get freshSeconds(): number {
    return Math.min(FRESH_SECONDS, this.cacheSeconds);
  }

  /** Everything that can be bought, unsorted. Not older than `maxAgeSeconds` if Novita answers. */
  offers(maxAgeSeconds = Infinity): Promise<Observed<Offer[]>> {
    return this.ask('offers', maxAgeSeconds, async () => {
      const clusters = await this.novita.listClusters();
      const perMode = await Promise.all(
        BILLING_MODES.map(async (mode) =>
          offersOf(await this.novita.listProducts({ billingMode: mode }), clusters, mode),
        ),
      );
      const offers = perMode.flat();
      // an empty list is not plausible, and would fail every waiting instance
      if (offers.length === 0) throw new NovitaUnavailable('unreadable', 'Novita lists nothing for sale');
      return offers;
    });
  }

  regions(): Promise<Observed<Cluster[]>> {
    return this.ask('regions', Infinity, () => this.novita.listClusters());
  }

  templates(): Promise<Observed<Template[]>> {
    return this.ask('templates', Infinity, () => this.novita.listTemplates());
  }

  /** Not older than the last change that this replica made. */
  registryAuths(): Promise<Observed<RegistryAuth[]>> {
    const changedAt = this.registryAuthsChangedAt;
    const maxAgeSeconds = changedAt === null ? Infinity : secondsBetween(changedAt, this.clock.now());
    return this.ask('registry-auths', maxAgeSeconds, () => this.novita.listRegistryAuths());
  }

  /** Asks anew when an older answer lacks one of these ids. */
  async volumes(ids: readonly string[] = []): Promise<Observed<Volume[]>> {
    const ask = (maxAgeSeconds: number) => this.ask('volumes', maxAgeSeconds, () => this.novita.listVolumes());
    const known = await ask(Infinity);
    return ids.every((id) => known.value.some(({ volumeId }) => volumeId === id)) ? known : ask(MISSING_SECONDS);
  }

  /** Answers about registry credentials that are older than now are not used any more. */
  noteRegistryAuthsChange(): void {
    this.registryAuthsChangedAt = this.clock.now();
  }

  /** Null when Novita has no such template. */
  async template(templateId: string): Promise<Template | null> {
    const key = `template:${templateId}`;
    const known = this.cache.peek(key)?.value as { template: Template | null } | undefined;
    const asked = await this.ask(key, known?.template === null ? MISSING_SECONDS : Infinity, async () => ({
      template: await this.novita.getTemplate(templateId),
    }));
    return asked.value.template;
  }

  private async ask<T extends object>(
    key: string,
    maxAgeSeconds: number,
    question: () => Promise<T>,
  ): Promise<Observed<T>> {
    const known = this.cache.peek(key);
    const forceRefresh = known !== undefined && secondsBetween(known.observedAt, this.clock.now()) > maxAgeSeconds;
    const outcome =
      known === undefined || forceRefresh ? 'miss' : this.cache.getRemainingTTL(key) > 0 ? 'hit' : 'stale';
    this.questions.set(key, question);
    try {
      // a caller that needs a new answer also waits for a running request
      const answer = await this.cache.fetch(key, {
        forceRefresh,
        allowStale: !forceRefresh,
        // without an older answer, the cache would swallow the reason
        allowStaleOnFetchRejection: known !== undefined,
      });
      if (!answer) throw new Error(`the cache gave no answer for ${key}`);
      return answer as Observed<T>;
    } catch (error) {
      if (!(error instanceof NovitaUnavailable)) throw error;
      throw new DomainError(
        'CATALOGUE_UNAVAILABLE',
        `Novita's catalogue cannot be read now: ${error.message}. Nothing was bought.`,
        {
          retryAfterSeconds: error.retryAfterSeconds ?? RETRY_SECONDS,
          cause: error,
        },
      );
    } finally {
      this.questions.delete(key);
      this.onAsked(outcome, this.cache.size);
    }
  }
}
