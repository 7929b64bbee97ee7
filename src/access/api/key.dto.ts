import { ArrayMinSize, ArrayUnique } from 'class-validator';
import { ApiProperty, ApiSchema, OmitType } from '@nestjs/swagger';
import { TextList } from '../../http/input-shape.js';
import { field, IntegerField, TextField, TimeField } from '../../http/fields.js';
import { isScope, SCOPE, SCOPES, type Scope } from '../../vocabulary/scope.js';

const DAY_SECONDS = 86_400;

@ApiSchema({ name: 'CreateApiKey', description: 'An API key to make.' })
export class CreateApiKeyDto {
  /** Unique among keys that are not revoked. */
  @TextField({ least: 1, most: 100, example: 'ci' })
  name!: string;

  /** What the key may do. */
  @field(
    { ...SCOPE, isArray: true, minItems: 1, uniqueItems: true, example: ['instances:read', 'instances:write'] },
    {},
    TextList(SCOPES.length, (text) => (isScope(text) ? null : `must be one of ${SCOPES.join(', ')}`)),
    ArrayMinSize(1),
    ArrayUnique(),
  )
  scopes!: Scope[];

  /** The project that the key is for, by its id or name. Default: that of your key; a key of operators makes keys of operators. */
  @TextField({ isOptional: true, least: 1, most: 100, example: 'default' })
  project?: string;

  /** Until when the key works. Without it: until it is revoked. */
  @TimeField({ isOptional: true, example: '2026-12-31T00:00:00.000Z' })
  expiresAt?: string;
}

@ApiSchema({ name: 'ApiKey', description: 'An API key, without its secret.' })
export class ApiKeyDto extends OmitType(CreateApiKeyDto, ['expiresAt', 'project'] as const) {
  /** The project that the key sees. Null: a key of operators, which sees all. */
  @ApiProperty({ type: String, nullable: true, example: 'prj_00000000000000000000000000' })
  projectId!: string | null;

  @ApiProperty({ description: 'The id. It is part of the key.', example: 'key_01JGFJJZ00N5MQ2YS3B3X8T1RV' })
  id!: string;

  @ApiProperty({ description: 'When it was made.', format: 'date-time', example: '2026-01-01T12:00:00.000Z' })
  createdAt!: string;

  @ApiProperty({
    description: 'Until when it works. Null: until it is revoked.',
    type: String,
    nullable: true,
    format: 'date-time',
    example: '2026-12-31T00:00:00.000Z',
  })
  expiresAt!: string | null;

  @ApiProperty({
    description: 'Until when the secret before the last rotation works, or null.',
    type: String,
    nullable: true,
    format: 'date-time',
    example: null,
  })
  previousValidUntil!: string | null;

  @ApiProperty({
    description: 'When it was last used, to a few minutes; null: not yet.',
    type: String,
    nullable: true,
    format: 'date-time',
    example: '2026-01-02T08:30:00.000Z',
  })
  lastUsedAt!: string | null;

  @ApiProperty({
    description: 'When it was revoked, or null.',
    type: String,
    nullable: true,
    format: 'date-time',
    example: null,
  })
  revokedAt!: string | null;
}

@ApiSchema({ name: 'ApiKeyWithSecret', description: 'An API key with its secret, which is shown this once.' })
export class ApiKeyWithSecretDto extends ApiKeyDto {
  @ApiProperty({
    description: 'The key to send as `Authorization: Bearer …`. It is not stored and cannot be shown again.',
    example: `nvt_01JGFJJZ00N5MQ2YS3B3X8T1RV_${'0'.repeat(64)}1a2b3c4d`,
  })
  key!: string;
}

@ApiSchema({ name: 'ApiKeyList', description: 'A page of API keys.' })
export class ApiKeyListDto {
  /** The keys, newest first. */
  data!: ApiKeyDto[];

  /** Send it as `cursor` for the next page. Null: this is the last page. */
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
}

@ApiSchema({ name: 'RotateApiKey', description: 'How to rotate an API key.' })
export class RotateApiKeyDto {
  /** How many seconds the old secret still works. */
  @IntegerField({ from: 0, to: 30 * DAY_SECONDS, default: DAY_SECONDS, isOptional: true, example: 3_600 })
  previousValidSeconds: number = DAY_SECONDS;
}
