import { ApiProperty } from '@nestjs/swagger';
import { MoneyDto } from '../../money/money.dto.js';
import { BILLING_MODE, type BillingMode } from '../../vocabulary/billing-mode.js';

/** What an offer and a machine that was bought from it have in common. */
export class OfferTermsDto {
  /** Novita's id of the product. */
  @ApiProperty({ example: '4090.16c62g' })
  productId!: string;

  /** The product's name, as a request may say it in `productName`. */
  @ApiProperty({ example: 'RTX 4090 24GB' })
  productName!: string;

  /** The region's id, as a request may say it in `region`. */
  @ApiProperty({ example: 'us-ca-6' })
  regionId!: string;

  /** The region's name at Novita. */
  @ApiProperty({ example: 'US-CA-06 (California)' })
  regionName!: string;

  /** How the machine is paid for. */
  @ApiProperty(BILLING_MODE)
  billingMode!: BillingMode;

  /** Price of one GPU for one hour. */
  pricePerGpuHour!: MoneyDto;

  /** Price of the whole machine, with `gpuNum` GPUs, for one hour. */
  pricePerInstanceHour!: MoneyDto;
}
