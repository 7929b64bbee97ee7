import type { Insertable, Selectable } from 'kysely';
import type { WebhookDeliveriesTable, WebhookEndpointsTable } from '../../database/tables.js';
import type { Delivery, LastAttempt, Webhook } from '../domain/webhook.js';

export const toWebhookRow = (webhook: Webhook): Omit<Insertable<WebhookEndpointsTable>, 'last_event_seq'> => ({
  id: webhook.id,
  project_id: webhook.projectId,
  instance_id: webhook.instanceId,
  url: webhook.url,
  description: webhook.description,
  event_types: [...webhook.eventTypes],
  labels: JSON.stringify(webhook.labels),
  state: webhook.setting,
  disabled_reason: webhook.disabledReason,
  sealed_secrets: webhook.sealedSecrets,
  previous_secret_until: webhook.previousSecretUntil,
  position: webhook.position,
  last_success_at: webhook.lastSuccessAt,
  last_failure_at: webhook.lastFailureAt,
  last_failure: webhook.lastFailure,
  failures_in_row: webhook.failuresInRow,
  slow_until: webhook.slowUntil,
  created_at: webhook.createdAt,
  updated_at: webhook.updatedAt,
});

export const fromWebhookRow = (row: Selectable<WebhookEndpointsTable>): Webhook => ({
  id: row.id,
  projectId: row.project_id,
  instanceId: row.instance_id,
  url: row.url,
  description: row.description,
  eventTypes: row.event_types,
  labels: row.labels,
  setting: row.state,
  disabledReason: row.disabled_reason,
  sealedSecrets: row.sealed_secrets,
  previousSecretUntil: row.previous_secret_until,
  position: row.position,
  lastSuccessAt: row.last_success_at,
  lastFailureAt: row.last_failure_at,
  lastFailure: row.last_failure,
  failuresInRow: row.failures_in_row,
  slowUntil: row.slow_until,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

export const fromDeliveryRow = (row: Selectable<WebhookDeliveriesTable>): Delivery => ({
  id: row.id,
  webhookId: row.webhook_id,
  eventPosition: row.event_position,
  eventType: row.event_type,
  eventAt: row.event_at,
  subject: row.subject,
  body: row.body,
  state: row.state,
  attempts: row.attempts,
  nextAttemptAt: row.next_attempt_at,
  createdAt: row.created_at,
  finishedAt: row.finished_at,
  last: lastAttemptOf(row),
});

const lastAttemptOf = (row: Selectable<WebhookDeliveriesTable>): LastAttempt | null =>
  row.last_attempt_at && {
    at: row.last_attempt_at,
    durationMs: row.last_duration_ms ?? 0,
    status: row.last_status,
    answer: row.last_answer,
    isAnswerCut: row.last_answer_cut,
    error: row.last_error,
  };
