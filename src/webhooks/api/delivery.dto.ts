import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { TextField, TimeField } from '../../http/fields.js';
import { PageQuery } from '../../http/page-query.dto.js';
import { WordParameter } from '../../http/query-fields.js';
import { DELIVERY_STATE, type DeliveryState } from '../../vocabulary/webhook.js';

const EVENT_ID = /^evt_\d{16}$/;
const EVENT_ID_SAYS = '$property must be the id of an event';
const ID_EXAMPLE = 'evt_1764430000000000';

@ApiSchema({ name: 'WebhookAttempt', description: 'An attempt to deliver.' })
export class WebhookAttemptDto {
  @ApiProperty({ description: 'When it ended.', format: 'date-time', example: '2026-01-01T12:00:00.000Z' })
  at!: string;

  @ApiProperty({ description: 'How long it took, in milliseconds.', type: 'integer', example: 84 })
  durationMs!: number;

  @ApiProperty({
    description: 'The HTTP status; null: there was no answer.',
    type: 'integer',
    nullable: true,
    example: 200,
  })
  status!: number | null;

  @ApiProperty({
    description: 'The body of the answer, at most 4 KB of it; null: there was no answer.',
    type: String,
    nullable: true,
    example: 'ok',
  })
  answer!: string | null;

  @ApiProperty({ description: 'Whether the answer was longer.', example: false })
  isAnswerCut!: boolean;

  @ApiProperty({ description: 'Why there was no answer, or null.', type: String, nullable: true, example: null })
  error!: string | null;
}

@ApiSchema({ name: 'WebhookDelivery', description: 'One event for one webhook endpoint.' })
export class WebhookDeliveryDto {
  @ApiProperty({
    description: 'The id. The receiver gets it as `webhook-id`, the same at every attempt.',
    example: 'dlv_01JGFJJZ00N5MQ2YS3B3X8T1RV',
  })
  id!: string;

  @ApiProperty({ description: 'The endpoint.', example: 'whk_01JGFJJZ00N5MQ2YS3B3X8T1RV' })
  webhookId!: string;

  @ApiProperty({ description: 'The event; null: a test.', type: String, nullable: true, example: ID_EXAMPLE })
  eventId!: string | null;

  @ApiProperty({ description: 'The type of the event, or `webhook.test`.', example: 'status.changed' })
  eventType!: string;

  @ApiProperty({ ...DELIVERY_STATE, description: 'How far it is.', example: 'delivered' })
  state!: DeliveryState;

  @ApiProperty({ description: 'How many attempts were made.', type: 'integer', example: 1 })
  attempts!: number;

  @ApiProperty({
    description:
      'When the next attempt is due. Null: there is none, or an earlier event of the same subject is not delivered yet.',
    type: String,
    nullable: true,
    format: 'date-time',
    example: null,
  })
  nextAttemptAt!: string | null;

  @ApiProperty({ description: 'The body of the request, as it is signed.', example: '{"type":"status.changed"}' })
  request!: string;

  @ApiProperty({ description: 'The last attempt, or null.', type: () => WebhookAttemptDto, nullable: true })
  lastAttempt!: WebhookAttemptDto | null;

  @ApiProperty({ description: 'When it was made.', format: 'date-time', example: '2026-01-01T12:00:00.000Z' })
  createdAt!: string;

  @ApiProperty({
    description: 'When it was delivered, failed or cancelled, or null.',
    type: String,
    nullable: true,
    format: 'date-time',
    example: '2026-01-01T12:00:00.000Z',
  })
  finishedAt!: string | null;
}

@ApiSchema({ name: 'WebhookDeliveryList', description: 'A page of deliveries.' })
export class WebhookDeliveryListDto {
  /** The deliveries, newest first. */
  data!: WebhookDeliveryDto[];

  /** Send it as `cursor` for the next page. Null: this is the last page. */
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
}

export class ListDeliveriesQuery extends PageQuery {
  /** Only deliveries in this state. */
  @WordParameter(DELIVERY_STATE)
  state?: DeliveryState;
}

@ApiSchema({
  name: 'ReplayWebhook',
  description:
    'Which events to deliver again: from `fromEvent` to `toEvent`, or from `from` to `to`, both ends included.',
})
export class ReplayWebhookDto {
  /** The first event. Need not exist: the next one is taken then. */
  @TextField({ pattern: EVENT_ID, says: EVENT_ID_SAYS, isOptional: true, example: ID_EXAMPLE })
  fromEvent?: string;

  /** The last event. Not given: the newest. */
  @TextField({ pattern: EVENT_ID, says: EVENT_ID_SAYS, isOptional: true, example: ID_EXAMPLE })
  toEvent?: string;

  /** Instead of events: since when they happened. */
  @TimeField({ isOptional: true, example: '2026-01-01T00:00:00Z' })
  from?: string;

  /** Until when they happened. Not given: until now. */
  @TimeField({ isOptional: true, example: '2026-01-02T00:00:00Z' })
  to?: string;
}

@ApiSchema({ name: 'WebhookReplay', description: 'What is delivered again.' })
export class WebhookReplayDto {
  @ApiProperty({ description: 'How many events are delivered again.', type: 'integer', example: 12 })
  deliveries!: number;

  @ApiProperty({
    description: 'The last event that was looked at, or null.',
    type: String,
    nullable: true,
    example: ID_EXAMPLE,
  })
  lastEvent!: string | null;

  @ApiProperty({
    description: 'When the last event happened that was looked at, or null.',
    type: String,
    nullable: true,
    format: 'date-time',
    example: '2026-01-01T12:00:00.000Z',
  })
  lastEventAt!: string | null;

  @ApiProperty({
    description:
      'Whether the range has more events than one replay takes. Go on with `fromEvent` set to `lastEvent`, or with `from` set to `lastEventAt`.',
    example: false,
  })
  isMore!: boolean;
}
