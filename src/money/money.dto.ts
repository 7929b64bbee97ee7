import { ApiProperty, ApiSchema } from '@nestjs/swagger';

@ApiSchema({ name: 'Money', description: 'An amount of money.' })
export class MoneyDto {
  /** A decimal number as text, so that no client rounds it. */
  @ApiProperty({ example: '0.35', pattern: '^\\d+\\.\\d{2,5}$' })
  amount!: string;

  /** The ISO 4217 code of the currency. */
  @ApiProperty({ enum: ['USD'], example: 'USD' })
  currency!: 'USD';
}
