import { ApiProperty, ApiSchema } from '@nestjs/swagger';

@ApiSchema({ name: 'Volume', description: 'A network volume. It exists independently of instances.' })
export class VolumeDto {
  /** Novita's id of the volume. */
  @ApiProperty({ example: '0d6a3b1e-5e0a-4a4c-9a0e-2f4a9c6d1b11' })
  id!: string;

  /** The name of the volume. */
  @ApiProperty({ example: 'models' })
  name!: string;

  /** The size in GB, or null when Novita does not say it. */
  @ApiProperty({ type: 'integer', nullable: true, example: 50 })
  sizeGb!: number | null;

  /** The region in which the volume can be used. */
  @ApiProperty({ example: 'us-ca-6' })
  regionId!: string;

  /** The region's name at Novita. */
  @ApiProperty({ example: 'US-CA-06 (California)' })
  regionName!: string;
}

@ApiSchema({ name: 'VolumeList', description: 'Network volumes of the Novita account.' })
export class VolumeListDto {
  /** Every network volume. */
  data!: VolumeDto[];

  /** When Novita said so. */
  @ApiProperty({ format: 'date-time', example: '2026-01-01T12:00:00.000Z' })
  observedAt!: string;
}
