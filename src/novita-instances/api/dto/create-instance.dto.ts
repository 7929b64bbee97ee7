import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsNotIn, IsOptional, Matches, ValidateIf } from 'class-validator';
import {
  IntegerField,
  ObjectField,
  ObjectListField,
  TextField,
  TextListField,
  WordField,
} from '../../../http/fields.js';
import { BILLING_CHOICE, type BillingChoice } from '../../../vocabulary/billing-mode.js';
import { ON_AMBIGUOUS, type OnAmbiguous } from '../../../vocabulary/on-ambiguous.js';
import { ON_FAILURE, ON_START_FAILURE, type OnFailure, type OnStartFailure } from '../../../vocabulary/on-failure.js';
import { ON_RECLAIM, type OnReclaim } from '../../../vocabulary/on-reclaim.js';
import { PORT_PROTOCOL, type Protocol } from '../../../vocabulary/protocol.js';
import { Labels, LABELS } from '../../../http/labels.js';
import { LONGEST_URL } from '../../../outbound/destination-url.js';
import { SIGNING_SECRET } from '../../../vocabulary/webhook.js';
import { ReadinessDto } from './readiness.dto.js';

@ApiSchema({ name: 'Port', description: 'A port that the machine opens.' })
export class PortDto {
  /** The port inside the machine. Novita keeps 2222 to 2224 for itself. */
  @IntegerField({ from: 1, to: 65535, example: 8188 })
  @IsNotIn([2222, 2223, 2224], { message: 'port must not be 2222, 2223 or 2224: Novita keeps them for itself' })
  port!: number;

  /** How it is reached. */
  @WordField(PORT_PROTOCOL)
  protocol!: Protocol;
}

@ApiSchema({ name: 'EnvVar', description: 'An environment variable of the workload.' })
export class EnvVarDto {
  /** Its name. It may not begin with `NOVITAI_`. */
  @TextField({
    least: 1,
    most: 511,
    pattern: /^(?!NOVITAI_)[A-Za-z_][A-Za-z0-9_]*$/,
    says: 'key must be letters, digits and underscores, not begin with a digit, and not begin with NOVITAI_',
    example: 'MODEL_DIR',
  })
  key!: string;

  /** Its value. Kept encrypted, and shown only where asked for. */
  @TextField({ most: 4095, example: '/network/models' })
  value!: string;
}

/** Novita's own default. */
export const DEFAULT_MOUNT_PATH = '/network';

@ApiSchema({ name: 'VolumeMount', description: 'A network volume, and where the workload finds it.' })
export class VolumeMountDto {
  /** Its id, from `GET /api/volumes`. */
  @TextField({
    most: 255,
    pattern: /^[A-Za-z0-9_-]{1,255}$/,
    says: 'id must be the id of a volume',
    example: '0d6a3b1e-5e0a-4a4c-9a0e-2f4a9c6d1b11',
  })
  id!: string;

  /** The path in the machine, from the root. */
  @TextField({
    isOptional: true,
    most: 4095,
    pattern: /^\/[!-~]*$/,
    says: 'mountPath must begin with a slash, and be of visible ASCII characters',
    default: DEFAULT_MOUNT_PATH,
    example: '/models',
  })
  mountPath?: string;
}

@ApiSchema({ name: 'Gpu', description: 'The GPUs that will do.' })
export class GpuDto {
  /** Names of products, or their leading words, any of which will do. Empty: any product. */
  @TextListField({
    isOptional: true,
    most: 20,
    each: { least: 1, most: 200 },
    default: [],
    example: ['RTX 4090', 'L40S'],
  })
  names?: string[];

  /** The least memory of one GPU in GB. It is read from the product's name, so a product whose name does not say is not taken. */
  @IntegerField({ isOptional: true, from: 1, to: 2048, example: 24 })
  minMemoryGb?: number;

  /** GPUs in the machine: `gpuNum` in another place. Default: `gpuNum`. */
  @IntegerField({ isOptional: true, from: 1, to: 8, example: 1 })
  count?: number;
}

@ApiSchema({ name: 'CapacityWait', description: 'What to do while no offer is free.' })
export class CapacityWaitDto {
  /** So long the instance waits for a free offer, and then fails with the reason of each offer. 0: it fails at once. */
  @IntegerField({ from: 0, to: 10_080, example: 60 })
  forMinutes!: number;

  /**
   * An offer that costs more than this for the whole machine and hour, in USD, is not bought: the instance waits until one costs no more.
   * `maxPricePerHour` beside it fails the instance when every offer costs more.
   */
  @TextField({
    isOptional: true,
    pattern: /^\d{1,6}(\.\d{1,5})?$/,
    says: 'maxPricePerHour must be a decimal such as "4.00"',
    example: '4.00',
  })
  maxPricePerHour?: string;
}

/** What is wanted, but for the name. The answer shows every field of it: see InstanceDto. */
export class InstanceSpecDto {
  /** A product id, name, or the leading words of a name, from `GET /api/offers`. Give it or `gpu`. */
  @TextField({ isOptional: true, least: 1, most: 200, example: 'RTX 4090 24GB' })
  productName?: string;

  /** The GPUs that will do, instead of `productName`. */
  @ObjectField(() => GpuDto, { isOptional: true })
  gpu?: GpuDto;

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
  @ValidateIf((body: InstanceSpecDto) => body.image === undefined || body.templateId !== undefined)
  @Matches(/^[A-Za-z0-9_-]{1,100}$/, {
    message: 'templateId must be an id from GET /api/templates; give it, or an image',
  })
  templateId?: string;

  /** The container image, instead of the template's. */
  @TextField({
    isOptional: true,
    most: 500,
    pattern: /^[^\s]+$/,
    says: 'image must be an image reference without spaces',
    example: 'docker.io/example/comfyui:1.4',
  })
  image?: string;

  /** The command to run, instead of the template's. */
  @TextField({ isOptional: true, most: 2047, example: 'python main.py --listen' })
  command?: string;

  /** GPUs in the machine. */
  @IntegerField({ isOptional: true, from: 1, to: 8, default: 1, example: 1 })
  gpuNum?: number = 1;

  /** Size of the root disk in GB. Default: the template's, or 60. */
  @IntegerField({ isOptional: true, from: 10, to: 6144, example: 60 })
  rootfsSize?: number;

  /** The regions that will do, the preferred one first; the cheapest offer among them is taken. Empty: anywhere. */
  @TextListField({
    isOptional: true,
    most: 20,
    each: { least: 1, most: 100 },
    default: [],
    example: ['us-ca-6', 'as-sgp-2'],
  })
  regions?: string[];

  /** How the machine is paid for. Prepaid machines are never bought. */
  @WordField(BILLING_CHOICE, { isOptional: true, default: 'onDemand' })
  billingMode?: BillingChoice = 'onDemand';

  /**
   * When Novita does not say whether the machine was made: `wait` looks for it and goes on; `fail` fails the instance at once,
   * and gives the machine back if it appears.
   */
  @WordField({ enum: ON_AMBIGUOUS }, { isOptional: true, default: 'wait', example: 'wait' })
  onAmbiguous?: OnAmbiguous = 'wait';

  /**
   * When Novita takes the spot machine back: `replace` buys another one at the notice, which takes over when it is ready; `wait` lets the
   * machine run to its end and recovers the instance then; `none` lets the instance rest after that. Data on the machine is lost each time.
   */
  @WordField({ enum: ON_RECLAIM }, { isOptional: true, default: 'replace', example: 'replace' })
  onReclaim?: OnReclaim = 'replace';

  /**
   * When Novita does not start the machine, mostly since its node is full: `wait` tries again until START_TIMEOUT_SECONDS have passed, and
   * then the instance fails; its machine and disk are kept. `fail` fails at the first refusal, and keeps both as well. `migrate` moves the
   * machine to another node; Novita keeps what is on its disk only on some nodes. `replace` buys another machine; when that is ready,
   * the old machine is deleted, and what is on its disk is lost.
   */
  @WordField({ enum: ON_START_FAILURE }, { isOptional: true, default: 'wait', example: 'wait' })
  onStartFailure?: OnStartFailure = 'wait';

  /**
   * When the machine is lost, crashes (out of memory, for example), or is not ready in time: `fail` lets the instance rest; a machine that
   * has run is kept, with its disk. `replace` buys another machine, at most MAX_REPLACEMENTS_PER_HOUR times per hour; when that is ready,
   * the old machine is deleted, and what is on its disk is lost. An image that cannot be pulled fails either way.
   */
  @WordField({ enum: ON_FAILURE }, { isOptional: true, default: 'fail', example: 'fail' })
  onFailure?: OnFailure = 'fail';

  /** Never pay more than this for one GPU and hour, in USD. */
  @TextField({
    isOptional: true,
    pattern: /^\d{1,6}(\.\d{1,5})?$/,
    says: 'maxPricePerGpuHour must be a decimal such as "0.50"',
    example: '0.50',
  })
  maxPricePerGpuHour?: string;

  /** Never pay more than this for the whole machine, with all its GPUs, and hour, in USD. */
  @TextField({
    isOptional: true,
    pattern: /^\d{1,6}(\.\d{1,5})?$/,
    says: 'maxPricePerHour must be a decimal such as "4.00"',
    example: '4.00',
  })
  maxPricePerHour?: string;

  /**
   * A plan of `POST /api/plans`. Its price is a cap for the whole machine and hour, of this purchase and of all that follow: nothing dearer
   * is bought or started. The rest of the request need not be what was planned.
   */
  @TextField({
    isOptional: true,
    pattern: /^plan_[0-9A-HJKMNP-TV-Z]{26}$/,
    says: 'planId must be the id of a plan from POST /api/plans',
    example: 'plan_01JGFJJZ00N5MQ2YS3B3X8T1RV',
  })
  planId?: string;

  /** What to do while no offer is free. Default: the instance waits as long as the operator says (`CAPACITY_TIMEOUT_SECONDS`). */
  @ObjectField(() => CapacityWaitDto, { isOptional: true })
  capacityWait?: CapacityWaitDto;

  /** The ports to open, instead of the template's. */
  @ObjectListField(() => PortDto, {
    isOptional: true,
    most: 15,
    unique: { key: 'port', says: 'ports must not name a port twice' },
  })
  ports?: PortDto[];

  /** Environment variables, beside and before the template's. In an answer values read `***` unless `include=secrets`. */
  @ObjectListField(() => EnvVarDto, {
    isOptional: true,
    most: 99,
    unique: { key: 'key', says: 'envs must not name a key twice' },
    default: [],
  })
  envs?: EnvVarDto[];

  /** Id of a registry credential kept at Novita, for a private image. */
  @TextField({
    isOptional: true,
    most: 100,
    pattern: /^[A-Za-z0-9_-]{1,100}$/,
    says: 'registryAuthId must be an id',
    example: '1203',
  })
  registryAuthId?: string;

  /**
   * Network volumes of the Novita account. A machine is only bought in their region, so they must all be in one. While a machine
   * is replaced, the old and the new one have them at the same time. Deleting an instance leaves its volumes as they are.
   */
  @ObjectListField(() => VolumeMountDto, {
    isOptional: true,
    most: 30,
    unique: { key: 'id', says: 'volumes must not name a volume twice' },
    default: [],
  })
  volumes?: VolumeMountDto[];

  /** Words of your own to find the instance by: at most 20, keys and values of up to 63 characters. */
  @ApiProperty({ ...LABELS, selfRequired: false, default: {} })
  @IsOptional()
  @Labels()
  labels?: Record<string, string>;

  /** When the instance counts as ready. Default: every port answers. */
  @ObjectField(() => ReadinessDto, { isOptional: true })
  readiness?: ReadinessDto;
}

@ApiSchema({
  name: 'CreateInstanceRequest',
  description: 'What is wanted: a GPU, a template or an image, and when it counts as ready.',
})
export class CreateInstanceDto extends InstanceSpecDto {
  /** A name of your own, unique among the instances of the project that are not deleted. It may not begin with `ins_`, as ids do. */
  @TextField({
    most: 100,
    // an instance is asked for by its id or its name: a name that is an id of another instance would be in its way
    pattern: /^(?!ins_)[A-Za-z0-9][A-Za-z0-9_-]*$/,
    says: 'name must begin with a letter or digit, hold only letters, digits, hyphens and underscores, and not begin with ins_, as ids do',
    example: 'comfyui-1',
  })
  name!: string;

  /** The project, by its id or name. Default: that of the API key; for a key of operators, the project `default`. */
  @TextField({ isOptional: true, least: 1, most: 100, example: 'default' })
  project?: string;

  /**
   * Where the events of this instance are sent to, signed after Standard Webhooks: an https:// URL of a public host. Listed among the
   * webhook endpoints, with its `instanceId`. It gets all events about the instance that callers see, and ends with it.
   */
  @TextField({ isOptional: true, least: 1, most: LONGEST_URL, example: 'https://hooks.example.com/comfyui-1' })
  webhookUrl?: string;

  /** Signs what is sent to `webhookUrl`. Kept encrypted, and never shown. Default: the secret of the service, if it has one. */
  @TextField({
    isOptional: true,
    isWriteOnly: true,
    least: 38,
    most: 94,
    pattern: SIGNING_SECRET,
    says: 'webhookSecret must be whsec_ and 24 to 64 bytes in base64',
    example: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
  })
  webhookSecret?: string;

  /** The only region that will do: its id, code or name. Default: anywhere. Not together with `regions`. */
  @TextField({ isOptional: true, least: 1, most: 100, example: 'us-ca-6' })
  region?: string;
}
