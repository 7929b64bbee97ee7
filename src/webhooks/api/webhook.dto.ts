import { IsOptional } from 'class-validator';
import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { EVENT_TYPES, HIDDEN_TYPES } from '../../events/event-catalogue.js';
import { field, IntegerField, TextField, WordField } from '../../http/fields.js';
import { TextList } from '../../http/input-shape.js';
import { PageQuery } from '../../http/page-query.dto.js';
import { Labels, LABELS } from '../../http/labels.js';
import { LONGEST_URL } from '../../outbound/destination-url.js';
import {
  WEBHOOK_DISABLED_REASON,
  WEBHOOK_SETTING,
  WEBHOOK_STATE,
  type WebhookDisabledReason,
  type WebhookSetting,
  type WebhookState,
} from '../../vocabulary/webhook.js';

const DAY_SECONDS = 86_400;
const DESCRIPTION_CHARACTERS = 200;
const DELIVERABLE_TYPES: readonly string[] = EVENT_TYPES.filter((type) => !HIDDEN_TYPES.includes(type));
const URL_EXAMPLE = 'https://hooks.example.com/novitai';

const EventTypesField = (): PropertyDecorator =>
  field(
    {
      type: 'array',
      items: { type: 'string', enum: [...DELIVERABLE_TYPES] },
      maxItems: DELIVERABLE_TYPES.length,
      required: false,
      example: ['status.changed', 'instance.failed'],
    },
    { isOptional: true },
    TextList(DELIVERABLE_TYPES.length, (text) =>
      DELIVERABLE_TYPES.includes(text) ? null : 'must be a type of docs/events.md that callers see',
    ),
  );

@ApiSchema({ name: 'CreateWebhook', description: 'A webhook endpoint to make.' })
export class CreateWebhookDto {
  /** Where events are sent to: an https:// URL of a public host, without a user, a password or a fragment. No two endpoints have the same. */
  @TextField({ least: 1, most: LONGEST_URL, example: URL_EXAMPLE })
  url!: string;

  /** For people. */
  @TextField({ most: DESCRIPTION_CHARACTERS, isOptional: true, example: 'Wakes the training queue' })
  description?: string;

  /** Only these types of events. Empty or not given: all that callers see. */
  @EventTypesField()
  eventTypes?: string[];

  /** Only events of instances that have all of these labels. Empty or not given: all events, also those that are about no instance. */
  @ApiProperty({ ...LABELS, selfRequired: false })
  @IsOptional()
  @Labels()
  labels?: Record<string, string>;
}

@ApiSchema({
  name: 'UpdateWebhook',
  description: 'What to change of a webhook endpoint. Fields that are not given stay.',
})
export class UpdateWebhookDto {
  /** Where events are sent to. Waiting deliveries go there too. */
  @TextField({ least: 1, most: LONGEST_URL, isOptional: true, example: URL_EXAMPLE })
  url?: string;

  /** For people. */
  @TextField({ most: DESCRIPTION_CHARACTERS, isOptional: true, example: 'Wakes the training queue' })
  description?: string;

  /** Only these types of events, from now on. Empty: all that callers see. */
  @EventTypesField()
  eventTypes?: string[];

  /** Only events of instances that have all of these labels, from now on. Empty: all events. */
  @ApiProperty({ ...LABELS, selfRequired: false })
  @IsOptional()
  @Labels()
  labels?: Record<string, string>;

  /** Whether events are sent. */
  @WordField(WEBHOOK_SETTING, { isOptional: true })
  state?: WebhookSetting;
}

@ApiSchema({ name: 'RotateWebhookSecret', description: 'How to rotate the secret of a webhook endpoint.' })
export class RotateWebhookSecretDto {
  /** For how many seconds the secrets before sign as well. */
  @IntegerField({ from: 0, to: 30 * DAY_SECONDS, default: DAY_SECONDS, isOptional: true, example: 3_600 })
  previousValidSeconds: number = DAY_SECONDS;
}

export class ListWebhooksQuery extends PageQuery {
  /** Only the endpoint that belongs to this instance, by its id. */
  @TextField({ isOptional: true, pattern: /^[A-Za-z0-9_-]{1,100}$/, says: 'instance must be the id of an instance' })
  instance?: string;
}

const time = (description: string) =>
  ({ description, type: String, nullable: true, format: 'date-time', example: '2026-01-02T08:30:00.000Z' }) as const;

@ApiSchema({ name: 'WebhookHealth', description: 'How the receiver of a webhook endpoint does.' })
export class WebhookHealthDto {
  @ApiProperty(time('When an attempt last succeeded, or null.'))
  lastSuccessAt!: string | null;

  @ApiProperty(time('When an attempt last failed, or null.'))
  lastFailureAt!: string | null;

  @ApiProperty({ description: 'How it failed, or null.', type: String, nullable: true, example: 'HTTP 503' })
  lastFailure!: string | null;

  @ApiProperty({ description: 'How many of the latest attempts failed in a row.', type: 'integer', example: 0 })
  failuresInRow!: number;

  @ApiProperty(time('When the oldest event happened that is not delivered yet, or null.'))
  oldestWaitingAt!: string | null;

  @ApiProperty(time('Until when nothing is sent, because the receiver asked for a pause; or null.'))
  slowUntil!: string | null;
}

@ApiSchema({ name: 'Webhook', description: 'A webhook endpoint, without its secret.' })
export class WebhookDto {
  @ApiProperty({ description: 'The id.', example: 'whk_01JGFJJZ00N5MQ2YS3B3X8T1RV' })
  id!: string;

  /** The project whose events it gets. Null: an endpoint of operators, which gets those of all projects. */
  @ApiProperty({ type: String, nullable: true, example: 'prj_00000000000000000000000000' })
  projectId!: string | null;

  @ApiProperty({
    description:
      'The instance whose events alone it gets, and with which it is deleted: its create had a `webhookUrl`. Null: it belongs to none.',
    type: String,
    nullable: true,
    example: null,
  })
  instanceId!: string | null;

  @ApiProperty({ description: 'Where events are sent to.', example: URL_EXAMPLE })
  url!: string;

  @ApiProperty({ description: 'For people. Empty when none was given.', example: 'Wakes the training queue' })
  description!: string;

  @ApiProperty({
    description: 'The types of events that it gets. Empty: all that callers see.',
    type: [String],
    example: ['status.changed'],
  })
  eventTypes!: string[];

  @ApiProperty({
    description: 'Labels that the instance of an event must have. Empty: all events.',
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { team: 'vision' },
  })
  labels!: Record<string, string>;

  @ApiProperty({ ...WEBHOOK_STATE, description: 'Whether events are sent.' })
  state!: WebhookState;

  @ApiProperty({
    ...WEBHOOK_DISABLED_REASON,
    description: 'Why it is disabled; null: it is not.',
    nullable: true,
    example: null,
  })
  disabledReason!: WebhookDisabledReason | null;

  @ApiProperty(time('Until when the secret before the last rotation signs as well, or null.'))
  previousSecretValidUntil!: string | null;

  /** How the receiver does. */
  health!: WebhookHealthDto;

  @ApiProperty({ description: 'When it was made.', format: 'date-time', example: '2026-01-01T12:00:00.000Z' })
  createdAt!: string;

  @ApiProperty({ description: 'When it was last changed.', format: 'date-time', example: '2026-01-01T12:00:00.000Z' })
  updatedAt!: string;
}

@ApiSchema({ name: 'WebhookWithSecret', description: 'A webhook endpoint with its secret, which is shown this once.' })
export class WebhookWithSecretDto extends WebhookDto {
  @ApiProperty({
    description: 'The secret that verifies requests, for any library of Standard Webhooks. It cannot be shown again.',
    example: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
  })
  secret!: string;
}

@ApiSchema({ name: 'WebhookList', description: 'A page of webhook endpoints.' })
export class WebhookListDto {
  /** The endpoints, newest first. */
  data!: WebhookDto[];

  /** Send it as `cursor` for the next page. Null: this is the last page. */
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
}
