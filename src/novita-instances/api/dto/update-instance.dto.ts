import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { changesOf } from '../../../http/changes-of.js';
import { WordField } from '../../../http/fields.js';
import {
  UPDATE_FAILURE_CODE,
  UPDATE_STATE,
  UPDATE_STRATEGY,
  type UpdateFailureCode,
  type UpdateState,
  type UpdateStrategy,
} from '../../../vocabulary/update.js';
import { CreateInstanceDto, EnvVarDto, InstanceSpecDto, PortDto } from './create-instance.dto.js';
import { MAYBE_TIME, TIME } from './times.js';

/** What an update may change without touching the machine. To let another such field be changed, add it here. */
const POLICIES = [
  'labels',
  'readiness',
  'onReclaim',
  'onStartFailure',
  'onFailure',
  'onAmbiguous',
  'maxPricePerGpuHour',
  'maxPricePerHour',
] as const satisfies (keyof InstanceSpecDto)[];

/** What Novita, or another machine, makes true. */
const OF_MACHINE = [
  'image',
  'registryAuthId',
  'command',
  'envs',
  'ports',
  'rootfsSize',
] as const satisfies (keyof InstanceSpecDto)[];

export const CHANGEABLE = [...POLICIES, ...OF_MACHINE] as const;
export type ChangeableField = (typeof CHANGEABLE)[number];

/** What a create takes and an update does not. */
export const FIXED: ReadonlySet<string> = new Set<
  Exclude<keyof CreateInstanceDto, ChangeableField | 'webhookSecret' | 'webhookUrl'>
>([
  'name',
  'project',
  'region',
  'regions',
  'productName',
  'gpu',
  'gpuNum',
  'templateId',
  'billingMode',
  'planId',
  'capacityWait',
  'volumes',
]);

@ApiSchema({
  name: 'UpdateInstanceRequest',
  description:
    'A JSON merge patch (RFC 7396) of what is asked for: fields that are left out stay, null clears a field or a key, and a list takes the place of the list before.',
})
export class UpdateInstanceDto extends changesOf(InstanceSpecDto, CHANGEABLE) {
  /** How the machine gets a new image, command, environment, ports or disk. It is no field of the instance. */
  @WordField(UPDATE_STRATEGY, { isOptional: true, default: 'inPlace' })
  strategy?: UpdateStrategy = 'inPlace';
}

@ApiSchema({ name: 'InEffect', description: 'What the machine is, as long as an update of it is pending.' })
export class InEffectDto {
  /** The container image; null: the template's. */
  @ApiProperty({ type: String, nullable: true, example: 'docker.io/example/comfyui:1.4' })
  image!: string | null;

  /** The registry credential; null: none, or the template's. */
  @ApiProperty({ type: String, nullable: true, example: null })
  registryAuthId!: string | null;

  /** The command; null: the template's. */
  @ApiProperty({ type: String, nullable: true, example: null })
  command!: string | null;

  /** The environment variables. Values read `***` unless `include=secrets`. */
  envs!: EnvVarDto[];

  /** The ports; null: the template's. */
  @ApiProperty({ type: [PortDto], nullable: true })
  ports!: PortDto[] | null;

  /** Size of the root disk in GB; null: the template's, or 60. */
  @ApiProperty({ type: 'integer', nullable: true, example: 60 })
  rootfsSize!: number | null;
}

@ApiSchema({ name: 'UpdateFailure', description: 'Why an update has failed.' })
export class UpdateFailureDto {
  /** Branch on this. */
  @ApiProperty(UPDATE_FAILURE_CODE)
  code!: UpdateFailureCode;

  /** What happened. */
  @ApiProperty({ example: 'Novita refused the request. Novita answered IMAGE_NOT_FOUND: image not found' })
  message!: string;
}

@ApiSchema({ name: 'InstanceUpdate', description: 'The last update that touches the machine of an instance.' })
export class InstanceUpdateDto {
  /** The generation that it made. */
  @ApiProperty({ type: 'integer', example: 2 })
  generation!: number;

  /** How far it has come. */
  @ApiProperty(UPDATE_STATE)
  state!: UpdateState;

  /** How the machine gets it. */
  @ApiProperty(UPDATE_STRATEGY)
  strategy!: UpdateStrategy;

  /** What it changes. */
  @ApiProperty({ type: [String], example: ['image'] })
  fields!: string[];

  /** When it was asked for. */
  @ApiProperty(TIME)
  requestedAt!: string;

  /** When it was applied or failed; null before. */
  @ApiProperty(MAYBE_TIME)
  endedAt!: string | null;

  /** What the machine is meanwhile; the fields of the instance are what is asked for. Null unless it is pending. */
  @ApiProperty({ type: InEffectDto, nullable: true })
  inEffect!: InEffectDto | null;

  /** Null unless it has failed. */
  @ApiProperty({ type: UpdateFailureDto, nullable: true, example: null })
  failure!: UpdateFailureDto | null;
}
