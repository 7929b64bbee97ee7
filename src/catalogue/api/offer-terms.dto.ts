import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { MoneyDto } from '../../money/money.dto.js';
import { BILLING_MODE, type BillingMode } from '../../vocabulary/billing-mode.js';

/** The fields that an offer and a machine bought from it share. */
@ApiSchema({ name: 'OfferTerms', description: 'What is sold where, and at which price.' })
export class OfferTermsDto {
  /** Novita's id of the product. */
  @ApiProperty({ example: '4090.16c62g' })
  productId!: string;

  /** The product's name, for `productName` of a request. */
  @ApiProperty({ example: 'RTX 4090 24GB' })
  productName!: string;

  /** The region's id, for `region` of a request. */
  @ApiProperty({ example: 'us-ca-6' })
  regionId!: string;

  /** The region's name at Novita. */
  @ApiProperty({ example: 'US-CA-06 (California)' })
  regionName!: string;

  /** How the machine is billed. */
  @ApiProperty(BILLING_MODE)
  billingMode!: BillingMode;

  /** The price of one GPU for one hour. */
  pricePerGpuHour!: MoneyDto;

  /** The price of the whole machine, with `gpuNum` GPUs, for one hour. */
  pricePerInstanceHour!: MoneyDto;
}
