import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { MAX_CURSOR_LENGTH } from './cursor.js';
import { WholeNumber } from './whole-number.js';

/** Which part of a list to answer. Pages are walked by cursor and never by number, so that a changing list skips nothing. */
export class PageQuery {
  /** How many to answer at most. A page of large entries ends earlier: `nextCursor` tells whether there are more. */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 100, default: 20, required: false, example: 20 })
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(1)
  @Max(100)
  limit?: number = 20;

  /** The `nextCursor` of the page before. Without it, the first page. */
  @IsOptional()
  @IsString()
  @MaxLength(MAX_CURSOR_LENGTH)
  @Matches(/^[A-Za-z0-9_-]+$/, { message: 'cursor must be a nextCursor of an earlier page' })
  cursor?: string;
}
