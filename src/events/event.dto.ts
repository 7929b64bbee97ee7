import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { SUBJECT_KINDS } from './event-catalogue.js';

@ApiSchema({ name: 'EventSubject', description: 'What an event is about.' })
export class EventSubjectDto {
  /** `instance`, `key` (an API key), `project`, or `fleet`: the machines of the account as a whole. */
  @ApiProperty({ enum: SUBJECT_KINDS, example: 'instance' })
  kind!: string;

  /** The id of the instance, key or project, or `fleet`. */
  @ApiProperty({ example: 'ins_01JGFJJZ00N5MQ2YS3B3X8T1RV' })
  id!: string;
}

@ApiSchema({ name: 'Event', description: 'A fact. Events never change.' })
export class EventDto {
  /** Unique. Ids sort in the order in which events were written. */
  @ApiProperty({ example: 'evt_1764430000000000' })
  id!: string;

  /** What the event is about. */
  subject!: EventSubjectDto;

  /** Counts from 1 per subject, without gaps. */
  @ApiProperty({ type: 'integer', example: 3 })
  seq!: number;

  /** What happened. */
  @ApiProperty({ example: 'status.changed' })
  type!: string;

  /** Details. The type of the event decides the fields. */
  @ApiProperty({ type: 'object', additionalProperties: true, example: { from: 'running', to: 'ready' } })
  data!: Record<string, unknown>;

  /** Who caused the event: an API key, such as `key:key_01JGFJJZ00N5MQ2YS3B3X8T1RV`; the subject of a token, such as `oidc:alice`; `caller` or `operator` without one; `reconciler`; or a policy, such as `policy:fleet-guard`. */
  @ApiProperty({ example: 'reconciler' })
  actor!: string;

  /** The `X-Request-Id` of the request that caused the event, or null when no request did. */
  @ApiProperty({ type: String, nullable: true, example: null })
  requestId!: string | null;

  /** The project that sees the event, or null when only operators see it. */
  @ApiProperty({ type: String, nullable: true, example: 'prj_00000000000000000000000000' })
  projectId!: string | null;

  /** When the event happened. */
  @ApiProperty({ format: 'date-time', example: '2026-01-01T12:00:00.000Z' })
  at!: string;
}

@ApiSchema({ name: 'EventList', description: 'A page of events, in the order in which they were written.' })
export class EventListDto {
  /** The events. Empty when nothing new has happened. */
  data!: EventDto[];

  /** Send it as `after` to go on. Never null: without new events it equals the cursor that was sent. */
  @ApiProperty({ example: 'eyJpZCI6ImV2dF8xNzY0NDMwMDAwMDAwMDAwIn0' })
  nextCursor!: string;
}
