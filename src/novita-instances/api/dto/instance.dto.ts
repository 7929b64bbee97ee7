import { EventDto } from '../../../events/event.dto.js';
import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { InstanceStatus } from '../../domain/instance-phase.js';
import { DESIRED_STATE, type DesiredState } from '../../../vocabulary/desired-state.js';
import { INSTANCE_ACTION, type InstanceAction } from '../../../vocabulary/instance-action.js';
import { answerOf } from '../../../http/answer-of.js';
import { InstanceSpecDto } from './create-instance.dto.js';
import { AppliedReadinessDto } from './readiness.dto.js';
import { MAYBE_TIME, TIME } from './times.js';
import { InstanceUpdateDto } from './update-instance.dto.js';
import { INSTANCE_STATUS } from './vocabulary.js';
import {
  FailureDto,
  PlacementDto,
  MachineDto,
  ConnectionDto,
  ConditionDto,
  AttemptDto,
  ReadinessTurnsDto,
  ReclaimDto,
  RecoveryDto,
  ReplacementDto,
} from './instance-parts.dto.js';

@ApiSchema({
  name: 'Instance',
  description: 'An instance: what a caller asked us to keep. It outlives the machines that Novita runs for it.',
})
export class InstanceDto extends answerOf(InstanceSpecDto, 'templateId', 'readiness') {
  /** Ours: `ins_` and a ULID. */
  @ApiProperty({ example: 'ins_01JGFJJZ00N5MQ2YS3B3X8T1RV' })
  id!: string;

  /** The project that it belongs to. */
  @ApiProperty({ example: 'prj_00000000000000000000000000' })
  projectId!: string;

  /** Yours: unique among the instances of its project that are not deleted. */
  @ApiProperty({ example: 'comfyui-1' })
  name!: string;

  /** What it is doing. `running` is not `ready`: `ready` means that the workload answers. */
  @ApiProperty(INSTANCE_STATUS)
  status!: InstanceStatus;

  /** What is waited for, since when, what it costs meanwhile and what happens next; null when the status says it all. */
  @ApiProperty({ type: String, nullable: true, example: null })
  statusMessage!: string | null;

  /** What is wanted. */
  @ApiProperty(DESIRED_STATE)
  desiredState!: DesiredState;

  /** Counts changes of what is wanted. */
  @ApiProperty({ type: 'integer', example: 1 })
  generation!: number;

  /** What may be asked of it now. */
  @ApiProperty({
    ...INSTANCE_ACTION,
    isArray: true,
    example: ['start', 'stop', 'restart', 'replace', 'update', 'delete'],
  })
  allowedActions!: InstanceAction[];

  /** Why it failed; null unless it has. */
  @ApiProperty({ type: FailureDto, nullable: true, example: null })
  failure!: FailureDto | null;

  /** The template; null when an image was given instead. */
  @ApiProperty({ type: String, nullable: true, example: '104002' })
  templateId!: string | null;

  /** When it counts as ready. */
  readiness!: AppliedReadinessDto;

  /** Where it was bought; null before. */
  @ApiProperty({ type: PlacementDto, nullable: true })
  placement!: PlacementDto | null;

  /** What Novita runs for it; null when nothing. */
  @ApiProperty({ type: MachineDto, nullable: true })
  machine!: MachineDto | null;

  /** The replacement of its machine that is under way; null when there is none. */
  @ApiProperty({ type: ReplacementDto, nullable: true, example: null })
  replacement!: ReplacementDto | null;

  /** The reclaim of its spot machine, or of the last one that Novita has taken; null when there is none. */
  @ApiProperty({ type: ReclaimDto, nullable: true })
  reclaim!: ReclaimDto | null;

  /** The machine that has failed and is replaced; null when there is none. */
  @ApiProperty({ type: RecoveryDto, nullable: true, example: null })
  recovery!: RecoveryDto | null;

  /** How steadily its workload answers. */
  readinessTurns!: ReadinessTurnsDto;

  /** The last update that touches its machine; null when there was none. */
  @ApiProperty({ type: InstanceUpdateDto, nullable: true })
  update!: InstanceUpdateDto | null;

  /** How to get at the workload; null while the machine does not run. */
  @ApiProperty({ type: ConnectionDto, nullable: true })
  connection!: ConnectionDto | null;

  /** Aspects of it, each with its reason. */
  conditions!: ConditionDto[];

  /** The newest create requests that were sent to Novita for it, at most 20, oldest first. */
  attempts!: AttemptDto[];

  /** When it was asked for. */
  @ApiProperty(TIME)
  createdAt!: string;

  /** When it last changed. */
  @ApiProperty(TIME)
  updatedAt!: string;

  /** When its workload first answered in this run; null before. */
  @ApiProperty(MAYBE_TIME)
  readyAt!: string | null;

  /** When the last trace of it was gone from Novita; null before. */
  @ApiProperty({ ...MAYBE_TIME, example: null })
  deletedAt!: string | null;
}

@ApiSchema({ name: 'InstanceList', description: 'A page of instances, newest first.' })
export class InstanceListDto {
  /** The instances. */
  data!: InstanceDto[];

  /** Send it as `cursor` for the next page; null on the last one. */
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
}

@ApiSchema({ name: 'InstanceEvent', description: 'A fact about an instance. Snapshot are never changed.' })
export class InstanceEventDto extends EventDto {}

@ApiSchema({ name: 'InstanceEventList', description: 'A page of events, oldest first.' })
export class InstanceEventListDto {
  /** The events. */
  data!: InstanceEventDto[];

  /** Send it as `cursor` for the next page; null on the last one. */
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
}
