import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { OfferTermsDto } from '../../catalogue/api/offer-terms.dto.js';
import { MoneyDto } from '../../money/money.dto.js';
import { AttemptDto } from '../../novita-instances/api/dto/instance-parts.dto.js';
import { MAYBE_TIME, TIME } from '../../novita-instances/api/dto/times.js';
import { INSTANCE_STATUS } from '../../novita-instances/api/dto/vocabulary.js';
import type { InstanceStatus } from '../../novita-instances/domain/instance-phase.js';
import { FAILURE_CODE, type FailureCode } from '../../vocabulary/failure-code.js';
import { INSTANCE_ACTION, type InstanceAction } from '../../vocabulary/instance-action.js';
import { DEADLINE_KIND, NEXT_STEP, type DeadlineKind, type NextStep } from '../../vocabulary/next-step.js';
import { SLOT, type Slot } from '../../vocabulary/replacement.js';
import { WAIT_REASON, type WaitReason } from '../../vocabulary/wait-reason.js';

@ApiSchema({ name: 'ExplainedStep', description: 'What Novitai does next, by itself.' })
export class ExplainedStepDto {
  /** What it is. */
  @ApiProperty(NEXT_STEP)
  step!: NextStep;

  /** For which of the machines. */
  @ApiProperty(SLOT)
  slot!: Slot;

  /** When, at the latest. Null: when something changes at Novita, or is asked for. */
  @ApiProperty(MAYBE_TIME)
  at!: string | null;
}

@ApiSchema({
  name: 'ExplainedDeadline',
  description: 'The limit that the instance is under now, and what happens then.',
})
export class ExplainedDeadlineDto {
  /** What has to happen before it. */
  @ApiProperty(DEADLINE_KIND)
  of!: DeadlineKind;

  /** When it passes. Time in which nothing can be done moves it. */
  @ApiProperty(TIME)
  at!: string;

  /** What the instance fails with. */
  @ApiProperty(FAILURE_CODE)
  failure!: FailureCode;

  /** What becomes of its machine. `stopped` keeps the disk. `none`: there is no machine. */
  @ApiProperty({ enum: ['stopped', 'deleted', 'none'], example: 'stopped' })
  machine!: 'stopped' | 'deleted' | 'none';
}

@ApiSchema({
  name: 'ExplainedWait',
  description:
    'The wait for a free offer. One look at the catalogue serves all who wait, the longest-waiting of a project first.',
})
export class ExplainedWaitDto {
  /** For which of the machines. */
  @ApiProperty(SLOT)
  slot!: Slot;

  /** Since when an offer is looked for. */
  @ApiProperty(TIME)
  since!: string;

  /** How many instances of the project wait longer. */
  @ApiProperty({ type: 'integer', example: 2 })
  ahead!: number;

  /** When the catalogue was last looked at for all who wait; null: not yet. */
  @ApiProperty(MAYBE_TIME)
  lookedAt!: string | null;

  /** The free offer that it was handed, and that it buys next; null: it waits for one. */
  @ApiProperty({ type: OfferTermsDto, nullable: true, example: null })
  offer!: OfferTermsDto | null;
}

@ApiSchema({
  name: 'Explanation',
  description: 'Why an instance is not further, what happens next and when, what that costs, and what can be done.',
})
export class ExplanationDto {
  /** The id of the instance. */
  @ApiProperty({ example: 'ins_01JGFJJZ00N5MQ2YS3B3X8T1RV' })
  id!: string;

  /** As in the instance. */
  @ApiProperty(INSTANCE_STATUS)
  status!: InstanceStatus;

  /** As in the instance. */
  @ApiProperty({ type: String, nullable: true, example: 'The machine runs, and its workload has not answered yet.' })
  statusMessage!: string | null;

  /** Why nothing is bought or sent now; null when nothing keeps Novitai from it. */
  @ApiProperty({ ...WAIT_REASON, nullable: true, example: null })
  waitingFor!: WaitReason | null;

  /** What comes next. */
  next!: ExplainedStepDto;

  /** The wait for a free offer; null when it waits for none. `statusMessage` has the reasons. */
  @ApiProperty({ type: ExplainedWaitDto, nullable: true })
  capacityWait!: ExplainedWaitDto | null;

  /** Null when nothing is limited now. */
  @ApiProperty({ type: ExplainedDeadlineDto, nullable: true })
  deadline!: ExplainedDeadlineDto | null;

  /** What all machines of the instance cost together per hour, as they are now. A stopped machine's disk is not counted. */
  pricePerHour!: MoneyDto;

  /** The latest attempts to buy, each with its reason. */
  attempts!: AttemptDto[];

  /** What may be asked of the instance now. */
  @ApiProperty({ ...INSTANCE_ACTION, isArray: true, example: ['stop', 'delete'] })
  allowedActions!: InstanceAction[];

  /** What a person can do, in sentences. Empty: nothing needs to be done. */
  @ApiProperty({
    type: [String],
    example: ['Read the log of the workload, and compare its port and path with readiness.probes.'],
  })
  advice!: string[];
}
