import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { OfferTermsDto } from '../../../catalogue/api/offer-terms.dto.js';
import { MoneyDto } from '../../../money/money.dto.js';
import { PASS_REASON, TAKEN_REASON, type PassReason, type TakenReason } from '../../../vocabulary/offer-choice.js';
import { ON_RECLAIM, type OnReclaim } from '../../../vocabulary/on-reclaim.js';
import { STOCK_LEVEL, type StockLevel } from '../../../vocabulary/stock-level.js';
import { TIME } from './times.js';

@ApiSchema({
  name: 'PlannedReclaim',
  description: 'What is lost when Novita takes the spot machine back. Whatever is on its disk is lost each time.',
})
export class PlannedReclaimDto {
  /** What happens then, as the request says. */
  @ApiProperty({ enum: ON_RECLAIM, example: 'replace' })
  onReclaim!: OnReclaim;

  /** Novita announces it so many seconds before, mostly. */
  @ApiProperty({ type: 'integer', example: 3600 })
  noticeSeconds!: number;

  /** How long the workload does not answer, in seconds; null: until the instance is started again. */
  @ApiProperty({ type: 'integer', nullable: true, example: 0 })
  secondsNotReady!: number | null;

  /** What is paid for another machine until it is ready. */
  cost!: MoneyDto;
}

@ApiSchema({ name: 'PlannedOffer', description: 'An offer that would be bought, or that would be tried next.' })
export class PlannedOfferDto extends OfferTermsDto {
  /** Why it is ahead of the next one. */
  @ApiProperty(TAKEN_REASON)
  because!: TakenReason;

  /** The stock according to Novita. */
  @ApiProperty(STOCK_LEVEL)
  stock!: StockLevel;

  /** How likely Novita accepts a create for it, from 0 to 1, by what was learned. */
  @ApiProperty({ example: 0.92 })
  chance!: number;

  /** From the create to a workload that answers, in seconds, by what was learned of the offer and of the image. */
  @ApiProperty({ type: 'integer', example: 140 })
  secondsToReady!: number;

  /** What the whole machine costs until then, and more the less likely the offer is to be had. */
  costToReady!: MoneyDto;

  /** What a reclaim costs; null: the offer is on demand, and is not taken back. */
  @ApiProperty({ type: PlannedReclaimDto, nullable: true })
  reclaim!: PlannedReclaimDto | null;
}

@ApiSchema({ name: 'PassedOverOffer', description: 'An offer that would not be bought.' })
export class PassedOverOfferDto extends OfferTermsDto {
  /** Why not. */
  @ApiProperty(PASS_REASON)
  reason!: PassReason;

  /** The same in words, with what was asked for and what the offer has. */
  @ApiProperty({ example: 'it costs 0.35 USD per GPU and hour, above maxPricePerGpuHour (0.30 USD)' })
  detail!: string;
}

@ApiSchema({
  name: 'Plan',
  description: 'What a request would buy at this moment, and what that costs. Nothing is bought or kept free.',
})
export class PlanDto {
  /** What to send as `planId` of a create. */
  @ApiProperty({ example: 'plan_01JGFJJZ00N5MQ2YS3B3X8T1RV' })
  id!: string;

  /** The project that it belongs to. */
  @ApiProperty({ example: 'prj_00000000000000000000000000' })
  projectId!: string;

  /** When it was made. */
  @ApiProperty(TIME)
  createdAt!: string;

  /** A create may name it until then. */
  @ApiProperty(TIME)
  expiresAt!: string;

  /** The price of the whole machine for one hour by the first offer: the most that a create with `planId` pays. Null: there is no offer. */
  @ApiProperty({ type: MoneyDto, nullable: true })
  pricePerHour!: MoneyDto | null;

  /** GPUs in the machine. */
  @ApiProperty({ type: 'integer', example: 1 })
  gpuNum!: number;

  /** The offers, in the order in which they would be bought. */
  offers!: PlannedOfferDto[];

  /** The other offers of the product, each with its reason. */
  passedOver!: PassedOverOfferDto[];

  /** Why no offer can be bought now; null: one can. */
  @ApiProperty({ type: String, nullable: true, example: null })
  message!: string | null;
}
