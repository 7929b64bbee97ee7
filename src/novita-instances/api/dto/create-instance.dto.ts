import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  ArrayUnique,
  IsIn,
  IsInt,
  IsNotIn,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateIf,
} from 'class-validator';
import { BILLING_MODE, PORT_PROTOCOL } from '../../../catalogue/api/vocabulary.js';
import { faultOfLength, ListOf, ObjectOf, TextList } from '../../../http/input-shape.js';
import { Labels, LABELS } from './labels.js';
import { ReadinessDto } from './readiness.dto.js';

@ApiSchema({ name: 'Port', description: 'A port that the machine opens.' })
export class PortDto {
  /** The port inside the machine. Novita keeps 2222 to 2224 for itself. */
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 65535, example: 8188 })
  @IsInt()
  @Min(1)
  @Max(65535)
  @IsNotIn([2222, 2223, 2224], { message: 'port must not be 2222, 2223 or 2224: Novita keeps them for itself' })
  port!: number;

  /** How it is reached. */
  @ApiProperty(PORT_PROTOCOL)
  @IsIn(['http', 'tcp'])
  protocol!: 'http' | 'tcp';
}

@ApiSchema({ name: 'EnvVar', description: 'An environment variable of the workload.' })
export class EnvVarDto {
  /** Its name. It may not begin with `NOVITAI_`. */
  @ApiProperty({ example: 'MODEL_DIR', maxLength: 511 })
  @IsString()
  @MinLength(1)
  @MaxLength(511)
  @Matches(/^(?!NOVITAI_)[A-Za-z_][A-Za-z0-9_]*$/, {
    message: 'key must be letters, digits and underscores, not begin with a digit, and not begin with NOVITAI_',
  })
  key!: string;

  /** Its value. Kept encrypted, and shown only where asked for. */
  @ApiProperty({ example: '/network/models', maxLength: 4095 })
  @IsString()
  @MaxLength(4095)
  value!: string;
}

@ApiSchema({
  name: 'CreateInstanceRequest',
  description: 'What is wanted: a GPU, a template or an image, and when it counts as ready.',
})
export class CreateInstanceDto {
  /** A name of your own, unique among instances that are not deleted. It may not begin with `ins_`, as ids do. */
  @ApiProperty({ example: 'comfyui-1', maxLength: 100 })
  @IsString()
  @MaxLength(100)
  // an instance is asked for by its id or its name: a name that is an id of another instance would be in its way
  @Matches(/^(?!ins_)[A-Za-z0-9][A-Za-z0-9_-]*$/, {
    message:
      'name must begin with a letter or digit, hold only letters, digits, hyphens and underscores, and not begin with ins_, as ids do',
  })
  name!: string;

  /** A product id, name, or the leading words of a name, from `GET /api/offers`. The cheapest that fits is bought. */
  @ApiProperty({ example: 'RTX 4090 24GB', maxLength: 200 })
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  productName!: string;

  /** A template from `GET /api/templates`. Needed unless `image` is given; then it fills in what is not said here. */
  @ApiProperty({
    oneOf: [
      { type: 'string', pattern: '^[A-Za-z0-9_-]{1,100}$' },
      { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    ],
    required: false,
    example: '104002',
  })
  // people send the number that Novita's console shows
  @Transform(({ value }: { value: unknown }) => (Number.isSafeInteger(value) ? String(value) : value))
  @ValidateIf((body: CreateInstanceDto) => body.image === undefined || body.templateId !== undefined)
  @IsString({ message: 'templateId must be a string; give it, or an image' })
  @Matches(/^[A-Za-z0-9_-]{1,100}$/, { message: 'templateId must be an id from GET /api/templates' })
  templateId?: string;

  /** The container image, instead of the template's. */
  @ApiProperty({ required: false, example: 'docker.io/example/comfyui:1.4', maxLength: 500 })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  @Matches(/^[^\s]+$/, { message: 'image must be an image reference without spaces' })
  image?: string;

  /** The command to run, instead of the template's. */
  @ApiProperty({ required: false, example: 'python main.py --listen', maxLength: 2047 })
  @IsOptional()
  @IsString()
  @MaxLength(2047)
  command?: string;

  /** GPUs in the machine. */
  @ApiProperty({ type: 'integer', required: false, minimum: 1, maximum: 8, default: 1, example: 1 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(8)
  gpuNum?: number = 1;

  /** Size of the root disk in GB. Default: the template's, or 60. */
  @ApiProperty({ type: 'integer', required: false, minimum: 10, maximum: 6144, example: 60 })
  @IsOptional()
  @IsInt()
  @Min(10)
  @Max(6144)
  rootfsSize?: number;

  /** The only region that will do: its id, code or name. Default: anywhere. Not together with `regions`. */
  @ApiProperty({ required: false, example: 'us-ca-6', maxLength: 100 })
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  region?: string;

  /** The regions that will do, the preferred one first; the cheapest offer among them is taken. */
  @ApiProperty({
    required: false,
    type: 'array',
    items: { type: 'string', minLength: 1, maxLength: 100 },
    example: ['us-ca-6', 'as-sgp-2'],
    maxItems: 20,
  })
  @IsOptional()
  @TextList(20, (region) => faultOfLength(region, 1, 100))
  regions?: string[];

  /** How the machine is paid for. */
  @ApiProperty({ ...BILLING_MODE, required: false, default: 'onDemand' })
  @IsOptional()
  @IsIn(['onDemand', 'spot'])
  billingMode?: 'onDemand' | 'spot' = 'onDemand';

  /**
   * When Novita does not say whether the machine was made: `wait` looks for it and goes on; `fail` fails the instance at once,
   * and gives the machine back if it appears.
   */
  @ApiProperty({ required: false, enum: ['wait', 'fail'], default: 'wait', example: 'wait' })
  @IsOptional()
  @IsIn(['wait', 'fail'])
  onAmbiguous?: 'wait' | 'fail' = 'wait';

  /** Never pay more than this for one GPU and hour, in USD. */
  @ApiProperty({ required: false, example: '0.50', pattern: '^\\d{1,6}(\\.\\d{1,5})?$' })
  @IsOptional()
  @IsString()
  @Matches(/^\d{1,6}(\.\d{1,5})?$/, { message: 'maxPricePerGpuHour must be a decimal such as "0.50"' })
  maxPricePerGpuHour?: string;

  /** The ports to open, instead of the template's. */
  @ApiProperty({ required: false, type: [PortDto], maxItems: 15 })
  @IsOptional()
  @ListOf(() => PortDto, 15)
  @ArrayUnique((port: PortDto) => port.port, { message: 'ports must not name a port twice' })
  ports?: PortDto[];

  /** Environment variables, beside and before the template's. */
  @ApiProperty({ required: false, type: [EnvVarDto], maxItems: 99 })
  @IsOptional()
  @ListOf(() => EnvVarDto, 99)
  @ArrayUnique((env: EnvVarDto) => env.key, { message: 'envs must not name a key twice' })
  envs?: EnvVarDto[];

  /** Id of a registry credential kept at Novita, for a private image. */
  @ApiProperty({ required: false, example: '1203', maxLength: 100 })
  @IsOptional()
  @IsString()
  @Matches(/^[A-Za-z0-9_-]{1,100}$/, { message: 'registryAuthId must be an id' })
  registryAuthId?: string;

  /** Words of your own to find the instance by: at most 20, keys and values of up to 63 characters. */
  @ApiProperty({ ...LABELS, selfRequired: false })
  @IsOptional()
  @Labels()
  labels?: Record<string, string>;

  /** When the instance counts as ready. Default: every port answers. */
  @ApiProperty({ required: false, type: ReadinessDto })
  @IsOptional()
  @ObjectOf(() => ReadinessDto)
  readiness?: ReadinessDto;
}
