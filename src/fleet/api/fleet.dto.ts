import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { MoneyDto } from '../../money/money.dto.js';
import type { FreezeReason } from '../../machines/domain/fleet-guard.js';
import { HOLD_REASON, WAIT_REASON, type HoldReason, type WaitReason } from '../../vocabulary/wait-reason.js';
import type { ReportedVerdict } from '../machine-report.js';
import { MAYBE_TIME, TIME } from '../../novita-instances/api/dto/times.js';
import { FREEZE_REASON, MACHINE_VERDICT } from './vocabulary.js';

@ApiSchema({ name: 'FleetFreeze', description: 'What made Novitai stop acting by its own judgement.' })
export class FleetFreezeDto {
  /** Branch on this. */
  @ApiProperty(FREEZE_REASON)
  why!: FreezeReason;

  /** What was seen, and what to do. */
  @ApiProperty({
    example:
      '7 machines with our tag are younger than this database. Decide on each in GET /api/machines, then POST /api/fleet/resume.',
  })
  detail!: string;

  /** Since when. */
  @ApiProperty(TIME)
  since!: string;
}

@ApiSchema({
  name: 'FleetHold',
  description: 'Why nothing is bought, and no machine deleted or declared lost, that nobody asked for.',
})
export class FleetHoldDto {
  /** `frozen`: a person decides. `unverified`: until the list at Novita has been read completely. */
  @ApiProperty(HOLD_REASON)
  waitingFor!: HoldReason;

  /** In a sentence. */
  @ApiProperty({ example: "Novita's list has not been read completely yet: this goes on when it has." })
  detail!: string;
}

@ApiSchema({ name: 'CreatesPause', description: 'Why nothing is bought for anybody now.' })
export class CreatesPauseDto {
  /** What Novita lacks to take a create. */
  @ApiProperty({ ...WAIT_REASON, example: 'balance' })
  waitingFor!: WaitReason;

  /** What Novita said, and what to do. */
  @ApiProperty({
    example:
      'The Novita account has no balance left: top it up, or delete other instances, and this goes on by itself.',
  })
  detail!: string;

  /** When the next create is tried. */
  @ApiProperty(TIME)
  until!: string;
}

@ApiSchema({ name: 'VerdictTally', description: 'The machines of one verdict together.' })
export class VerdictTallyDto {
  /** What they are to this service. */
  @ApiProperty({ ...MACHINE_VERDICT, example: 'bound' })
  verdict!: ReportedVerdict;

  /** How many there are. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 12 })
  machines!: number;

  /** What they cost per hour together, as far as it is known. */
  pricePerHour!: MoneyDto;

  /** How many of them run at a price that nobody knows. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 0 })
  unpriced!: number;
}

@ApiSchema({ name: 'PendingDeletes', description: 'Deletes that Novita has not been seen to carry out.' })
export class PendingDeletesDto {
  /** How many: of instances, and of machines that are one too many. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 1 })
  pending!: number;

  /** Of them, those that were asked for more than ten minutes ago. They may be billed. */
  @ApiProperty({ type: 'integer', minimum: 0, example: 0 })
  overdue!: number;

  /** When the oldest was asked for; null when there is none. */
  @ApiProperty(MAYBE_TIME)
  oldestAt!: string | null;
}

@ApiSchema({ name: 'Fleet', description: 'All machines of the account together, and what may be done with them.' })
export class FleetDto {
  /** Not null: nothing is bought, deleted or declared lost that nobody asked for, until `POST /api/fleet/resume`. */
  @ApiProperty({ type: FleetFreezeDto, nullable: true })
  frozen!: FleetFreezeDto | null;

  /** What holds such actions now: a freeze, or a list that was not read for a while. Null: nothing. */
  @ApiProperty({ type: FleetHoldDto, nullable: true })
  hold!: FleetHoldDto | null;

  /** When the last complete reading of the list at Novita began that showed nothing alarming. */
  @ApiProperty(MAYBE_TIME)
  verifiedAt!: string | null;

  /** When a person last ended a freeze. */
  @ApiProperty(MAYBE_TIME)
  resumedAt!: string | null;

  /** Not null: Novita refuses creates. Deletes go on. */
  @ApiProperty({ type: CreatesPauseDto, nullable: true })
  createsPaused!: CreatesPauseDto | null;

  /** Until then machines that are one too many are only reported (`SWEEP_REPORT_ONLY_HOURS`); null: they are deleted. */
  @ApiProperty(MAYBE_TIME)
  reportOnlyUntil!: string | null;

  /** What machines with our tag cost per hour that no instance holds, without those that are ignored. */
  unaccountedPerHour!: MoneyDto;

  /** The machines by verdict, each verdict once. */
  verdicts!: VerdictTallyDto[];

  /** Deletes that are not proved yet. */
  deletes!: PendingDeletesDto;
}
