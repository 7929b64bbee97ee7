import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IntegerField, ObjectField, TextField } from '../../http/fields.js';

const NAME = {
  most: 100,
  pattern: /^(?!prj_)[A-Za-z0-9][A-Za-z0-9_-]*$/,
  says: 'name must begin with a letter or digit, hold only letters, digits, hyphens and underscores, and not begin with prj_, as ids do',
  example: 'vision',
};
const DOLLARS = /^\d{1,6}(\.\d{1,5})?$/;

@ApiSchema({ name: 'ProjectLimits', description: 'The most that a project may have. What is left out has no limit.' })
export class ProjectLimitsDto {
  /** Instances that are not deleted. */
  @IntegerField({ isOptional: true, from: 0, to: 1_000_000, example: 10 })
  maxInstances?: number;

  /** What all machines together may cost per hour, in USD. */
  @TextField({
    isOptional: true,
    pattern: DOLLARS,
    says: 'maxDollarsPerHour must be a decimal such as "12.50"',
    example: '12.50',
  })
  maxDollarsPerHour?: string;
}

@ApiSchema({ name: 'CreateProject', description: 'A project to make.' })
export class CreateProjectDto {
  /** Unique. It may not begin with `prj_`, as ids do. */
  @TextField(NAME)
  name!: string;

  /** Its limits. Default: none. */
  @ObjectField(() => ProjectLimitsDto, { isOptional: true })
  limits?: ProjectLimitsDto;
}

@ApiSchema({ name: 'UpdateProject', description: 'What to change of a project.' })
export class UpdateProjectDto {
  /** Another name. */
  @TextField({ isOptional: true, ...NAME })
  name?: string;

  /** All limits from now on: a limit that is left out ends. */
  @ObjectField(() => ProjectLimitsDto, { isOptional: true })
  limits?: ProjectLimitsDto;
}

@ApiSchema({ name: 'AppliedProjectLimits', description: 'The most that a project may have.' })
export class AppliedProjectLimitsDto {
  /** Instances that are not deleted. Null: no limit. */
  @ApiProperty({ type: 'integer', nullable: true, example: 10 })
  maxInstances!: number | null;

  /** What all machines together may cost per hour, in USD. Null: no limit. */
  @ApiProperty({ type: String, nullable: true, example: '12.50' })
  maxDollarsPerHour!: string | null;
}

@ApiSchema({ name: 'Project', description: 'A project: its own instances, names, keys and limits.' })
export class ProjectDto {
  /** Ours: `prj_` and a ULID. */
  @ApiProperty({ example: 'prj_01JGFJJZ00N5MQ2YS3B3X8T1RV' })
  id!: string;

  /** Unique. */
  @ApiProperty({ example: 'vision' })
  name!: string;

  /** Its limits. */
  limits!: AppliedProjectLimitsDto;

  /** When it was made. */
  @ApiProperty({ format: 'date-time', example: '2026-01-01T12:00:00.000Z' })
  createdAt!: string;

  /** When it last changed. */
  @ApiProperty({ format: 'date-time', example: '2026-01-01T12:00:00.000Z' })
  updatedAt!: string;
}

@ApiSchema({ name: 'ProjectList', description: 'A page of projects, newest first.' })
export class ProjectListDto {
  /** The projects. */
  data!: ProjectDto[];

  /** Send it as `cursor` for the next page; null on the last one. */
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
}
