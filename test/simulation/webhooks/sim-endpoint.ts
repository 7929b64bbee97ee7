import type { StoredEvent } from '../../../src/events/event-log.js';
import type { WebhookSetting } from '../../../src/vocabulary/webhook.js';

/** What a receiver does while something lasts. */
export type Mood = 'well' | 'away' | 'failing' | 'overloaded' | 'gone';

/** One receiver and its endpoint, as their owner knows them. Times are virtual milliseconds. */
export class SimEndpoint {
  /** It never answers well again, whatever the weather. */
  isLost = false;
  readonly spells: { mood: Mood; from: number; to: number }[] = [];
  /** What was set, and from which position on events are wanted since. */
  private settings: { at: number; setting: WebhookSetting; since: number }[];

  /** Pauses that its receiver has asked for: since when the database has them, and until when they last. */
  private pauses: { from: number; to: number }[] = [];

  constructor(
    readonly id: string,
    readonly url: string,
    readonly projectId: string | null,
    readonly eventTypes: readonly string[],
    createdAt: number,
  ) {
    this.settings = [{ at: createdAt, setting: 'enabled', since: 0 }];
  }

  set(setting: WebhookSetting, at: number, lastPosition: number): void {
    const before = this.last;
    const since = before.setting === 'disabled' && setting !== 'disabled' ? lastPosition : before.since;
    this.settings.push({ at, setting, since });
  }

  /** The database has forgotten what was set after that moment. */
  forgetAfter(ms: number, now: number): void {
    this.pauses = [];
    const known = this.settings.filter(({ at }) => at <= ms);
    const last = known.at(-1) ?? this.last;
    this.settings = [...this.settings, { ...last, at: now }];
  }

  settingAt(ms: number): WebhookSetting {
    return (this.settings.findLast(({ at }) => at <= ms) ?? this.last).setting;
  }

  pause(from: number, to: number): void {
    this.pauses.push({ from, to });
  }

  /** How long a pause lasts that was written before. */
  pauseLeftMs(ms: number): number {
    return Math.max(0, ...this.pauses.flatMap(({ from, to }) => (from <= ms ? [to - ms] : [])));
  }

  moodAt(ms: number): Mood {
    return this.spells.find(({ from, to }) => from <= ms && ms < to)?.mood ?? 'well';
  }

  get setting(): WebhookSetting {
    return this.last.setting;
  }

  /** Whether its owner wants this type of event, and it happened after the endpoint was made or enabled. */
  wants({ type, position }: Pick<StoredEvent, 'type' | 'position'>): boolean {
    return position > this.last.since && (this.eventTypes.length === 0 || this.eventTypes.includes(type));
  }

  private get last(): (typeof this.settings)[number] {
    const last = this.settings.at(-1);
    if (!last) throw new Error('an endpoint without a setting');
    return last;
  }
}
