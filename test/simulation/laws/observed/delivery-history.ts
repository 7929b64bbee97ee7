import type { EventDto } from '../../../../src/events/event.dto.js';
import type { SimEndpoint } from '../../webhooks/sim-endpoint.js';

interface WrittenAttempt {
  writtenAt: number;
  /** When it ended. */
  endedAt: number;
}

/** What receivers were sent and have answered. Times are virtual milliseconds. */
export class DeliveryHistory {
  /** The `webhook-id` under which an event was first sent to an endpoint. */
  private readonly idOf = new Map<string, string>();
  private readonly received = new Set<string>();
  private readonly attempts = new Map<string, WrittenAttempt[]>();

  /** Says under which id the event was first sent to this endpoint. */
  leaves(endpoint: SimEndpoint, eventId: string, deliveryId: string): string {
    const key = `${endpoint.id} ${eventId}`;
    const first = this.idOf.get(key) ?? deliveryId;
    this.idOf.set(key, first);
    return first;
  }

  /** The receiver has answered 2xx. */
  receives(endpoint: SimEndpoint, event: Pick<EventDto, 'id'>): void {
    this.received.add(`${endpoint.id} ${event.id}`);
  }

  hasReceived(endpoint: SimEndpoint, eventId: string): boolean {
    return this.received.has(`${endpoint.id} ${eventId}`);
  }

  writes(deliveryId: string, attempt: WrittenAttempt): void {
    const attempts = this.attempts.get(deliveryId);
    if (attempts) attempts.push(attempt);
    else this.attempts.set(deliveryId, [attempt]);
  }

  /** The attempts whose results the database had at that time. */
  attemptsAt(deliveryId: string, at: number): WrittenAttempt[] {
    return (this.attempts.get(deliveryId) ?? []).filter(({ writtenAt }) => writtenAt <= at);
  }

  /** What a restored database has forgotten does not count. */
  rolledBack(): void {
    this.attempts.clear();
  }
}
