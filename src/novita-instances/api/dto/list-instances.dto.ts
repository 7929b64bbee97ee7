import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { PageQuery } from '../../../http/page-query.dto.js';
import { INSTANCE_STATUSES, type InstanceStatus } from '../../domain/instance-phase.js';
import { INSTANCE_STATUS } from './vocabulary.js';

const listOf = ({ value }: { value: unknown }): unknown => (typeof value === 'string' ? value.split(',') : value);

/** A comma within an item is written `\\,`, and a backslash before a comma or a backslash `\\\\`. */
const escapedListOf = ({ value }: { value: unknown }): unknown => {
  const texts = [value].flat();
  if (!texts.every((text) => typeof text === 'string')) return value;
  return texts.flatMap((text) =>
    (text.match(/(?:\\[,\\]|[^,])+|(?<=,|^)(?=,|$)/g) ?? []).map((item) => item.replace(/\\([,\\])/g, '$1')),
  );
};

/** Which instances to list. Deleted ones are listed only when `status` asks for them. */
export class ListInstancesQuery extends PageQuery {
  /** Only instances in these statuses, repeated or separated by commas. */
  @ApiProperty({ ...INSTANCE_STATUS, required: false, isArray: true, example: undefined })
  @Transform(listOf)
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(INSTANCE_STATUSES.length)
  @IsIn(INSTANCE_STATUSES, { each: true })
  status?: InstanceStatus[];

  /**
   * Only instances with all of these labels, such as `team=vision`, repeated or separated by commas. A key that is named with two
   * values finds nothing. A comma in a value is written `\\,`, and a backslash `\\\\`.
   */
  @ApiProperty({ required: false, type: [String] })
  @Transform(escapedListOf)
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(20)
  @Matches(/^[^=]{1,63}=.{0,63}$/su, { each: true, message: 'label must be key=value' })
  label?: string[];

  /** Only instances placed in this region, by its id, such as `us-ca-6`. */
  @ApiProperty({ required: false })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  region?: string;

  /** Only the instance of this name. */
  @ApiProperty({ required: false })
  @IsOptional()
  @IsString()
  @MaxLength(100)
  name?: string;
}

/** What to show of an instance. */
export class ShowInstanceQuery {
  /** `secrets`: also show passwords, tokens and the values of environment variables. */
  @ApiProperty({ required: false, enum: ['secrets'] })
  @IsOptional()
  @IsIn(['secrets'])
  include?: 'secrets';
}
