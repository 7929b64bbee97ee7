import type { DeliveryState, WebhookDisabledReason, WebhookSetting } from '../../vocabulary/webhook.js';

/** Which events an endpoint gets. An empty filter matches everything. */
export interface EventFilter {
  eventTypes: readonly string[];
  /** All of them must be labels of the instance that the event is about. Events without an instance then do not match. */
  labels: Readonly<Record<string, string>>;
}

/** An endpoint: a URL that events are sent to. Its secrets are sealed. */
export interface Webhook extends EventFilter {
  /** `whk_<ulid>` */
  id: string;
  /** The project whose events it gets. Null: an endpoint of operators, which gets those of all projects. */
  projectId: string | null;
  /** The instance that it belongs to, whose events alone it gets. Null: it belongs to none. */
  instanceId: string | null;
  url: string;
  description: string;
  setting: WebhookSetting;
  disabledReason: WebhookDisabledReason | null;
  sealedSecrets: string;
  previousSecretUntil: Date | null;
  /** Deliveries exist for all events up to this position. */
  position: number;
  lastSuccessAt: Date | null;
  lastFailureAt: Date | null;
  lastFailure: string | null;
  failuresInRow: number;
  slowUntil: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

/** The last attempt to deliver. `status` and `answer` are null without an answer, and `error` with one. */
export interface LastAttempt {
  at: Date;
  durationMs: number;
  status: number | null;
  answer: string | null;
  isAnswerCut: boolean;
  error: string | null;
}

/** One event for one endpoint. */
export interface Delivery {
  /** `dlv_<ulid>`. The receiver sees it as `webhook-id`, the same at every attempt. */
  id: string;
  webhookId: string;
  /** 0: a test. */
  eventPosition: number;
  eventType: string;
  eventAt: Date;
  /** Deliveries of one subject are sent in the order of their events. */
  subject: string;
  /** JSON, as it is signed and sent. */
  body: string;
  state: DeliveryState;
  /** Attempts made since the delivery was made or asked for again. */
  attempts: number;
  nextAttemptAt: Date | null;
  createdAt: Date;
  finishedAt: Date | null;
  last: LastAttempt | null;
}

export const WEBHOOK_ID = /^whk_[0-9A-HJKMNP-TV-Z]{26}$/;
export const DELIVERY_ID = /^dlv_[0-9A-HJKMNP-TV-Z]{26}$/;
