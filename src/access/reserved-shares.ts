import { LRUCache } from 'lru-cache';

/** What the counter of all replicas says after it has counted points for a client. */
export interface Counted {
  /** All points of the client in its window, these among them. */
  consumed: number;
  /** Until the window ends. */
  msLeft: number;
}

/** Which request this is in the window of its client, or one more than the limit. */
export interface Place {
  times: number;
  msLeft: number;
}

interface Share {
  /** Points that are counted already and still to be given. */
  left: number;
  /** The place of the last of them. */
  last: number;
  /** Nothing is left for anybody until the window ends. */
  isOver: boolean;
}

/** A hundredth: over three replicas at most two shares lie unused when the limit is reached, which is 2 % of it. */
const SHARES_OF_A_LIMIT = 100;

/**
 * Takes a client's allowance from the counter of all replicas in shares, so that most requests cost no statement. A share is counted when it
 * is reserved: all replicas together never give more than the limit. What a replica has reserved and not given is lost with the window.
 */
export class ReservedShares {
  private readonly size: number;
  private readonly shares: LRUCache<string, Share>;
  private readonly underWay = new Map<string, Promise<void>>();

  /**
   * @param limit the most requests of a client in a window
   * @param count counts points for a client, for all replicas
   * @param clock monotonic, in milliseconds
   */
  constructor(
    private readonly limit: number,
    private readonly count: (client: string, points: number) => Promise<Counted>,
    mostClients = 10_000,
    clock: { now(): number } = performance,
  ) {
    this.size = Math.max(1, Math.floor(limit / SHARES_OF_A_LIMIT));
    // eslint-disable-next-line no-restricted-syntax -- small values: numbers by client
    this.shares = new LRUCache({ max: mostClients, ttl: 1, ttlResolution: 0, perf: clock });
  }

  /** Rejects when the counter does: then nothing is known. */
  async next(client: string): Promise<Place> {
    for (;;) {
      const place = this.take(client);
      if (place) return place;
      await this.reserve(client);
    }
  }

  private take(client: string): Place | null {
    const share = this.shares.get(client);
    if (!share) return null;
    const msLeft = this.shares.getRemainingTTL(client);
    if (share.isOver) return { times: this.limit + 1, msLeft };
    if (share.left === 0) return null;
    share.left -= 1;
    return { times: share.last - share.left, msLeft };
  }

  /** One at a time for each client: requests that come meanwhile share what it brings. */
  private reserve(client: string): Promise<void> {
    const found = this.underWay.get(client);
    if (found) return found;
    const reservation = this.reserveOne(client).finally(() => this.underWay.delete(client));
    this.underWay.set(client, reservation);
    return reservation;
  }

  private async reserveOne(client: string): Promise<void> {
    const { consumed, msLeft } = await this.count(client, this.size);
    const granted = Math.min(this.size, this.limit - (consumed - this.size));
    const share = { left: Math.max(0, granted), last: Math.min(consumed, this.limit), isOver: granted <= 0 };
    this.shares.set(client, share, { ttl: Math.max(1, msLeft) });
  }
}
