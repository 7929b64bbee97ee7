import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { MAX_CURSOR_LENGTH } from '../http/cursor.js';
import { EVENT_TYPES, type EventType } from './event-catalogue.js';
import { WholeNumber } from '../http/whole-number.js';

const EVENT_TYPE = {
  enum: EVENT_TYPES,
  enumName: 'EventType',
  enumSchema: { description: 'What may happen. docs/events.md says what each means.' },
};

const listOf = ({ value }: { value: unknown }): unknown => (typeof value === 'string' ? value.split(',') : value);

/** Which events to answer. Filters may be combined: an event has to pass all of them. */
export class ListEventsQuery {
  /** The `nextCursor` of the page before. Without it, from the first event on. */
  @ApiProperty({ required: false })
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CURSOR_LENGTH)
  @Matches(/^[A-Za-z0-9_-]+$/, { message: 'after must be a nextCursor of an earlier page' })
  after?: string;

  /** How many to answer at most. */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 100, default: 20, required: false, example: 20 })
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(1)
  @Max(100)
  limit?: number = 20;

  /** Only events of these types, repeated or separated by commas. */
  @ApiProperty({ ...EVENT_TYPE, required: false, isArray: true, example: undefined })
  @Transform(listOf)
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(EVENT_TYPES.length)
  @IsIn(EVENT_TYPES, { each: true })
  type?: EventType[];

  /** Only events about this instance, by its id, or about the `fleet`. */
  @ApiProperty({ required: false, example: 'ins_01JGFJJZ00N5MQ2YS3B3X8T1RV' })
  @IsOptional()
  @Matches(/^[A-Za-z0-9_-]{1,100}$/, { message: 'subject must be the id of an instance, or fleet' })
  subject?: string;

  /** Only events that this actor caused, such as `operator`. */
  @ApiProperty({ required: false, example: 'operator' })
  @IsOptional()
  @Matches(/^[A-Za-z0-9:_-]{1,100}$/, { message: 'actor must be an actor, such as operator' })
  actor?: string;
}
