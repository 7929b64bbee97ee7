import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { MoneyDto } from '../../money/money.dto.js';
import { PageQuery } from '../../http/page-query.dto.js';
import { WordsParameter } from '../../http/query-fields.js';
import { BILLING_MODE, type BillingMode } from '../../vocabulary/billing-mode.js';
import type { ReportedVerdict } from '../machine-report.js';
import { MACHINE_VERDICT } from './vocabulary.js';
import { TIME } from '../../novita-instances/api/dto/times.js';

/** Which machines to list. */
export class ListMachinesQuery extends PageQuery {
  /** Only machines of these verdicts, repeated or separated by commas. A page may then be shorter than `limit` and not the last. */
  @WordsParameter(MACHINE_VERDICT)
  verdict?: ReportedVerdict[];
}

@ApiSchema({ name: 'InstanceReference', description: 'An instance, by its names.' })
export class InstanceReferenceDto {
  /** Its id. */
  @ApiProperty({ example: 'ins_01JGFJJZ00N5MQ2YS3B3X8T1RV' })
  id!: string;

  /** Its name. */
  @ApiProperty({ example: 'comfyui-1' })
  name!: string;
}

@ApiSchema({ name: 'FleetMachine', description: 'A machine of the account at Novita, ours or not.' })
export class FleetMachineDto {
  /** Novita's id of it. */
  @ApiProperty({ example: '79485daa470d8d6d' })
  id!: string;

  /** Its name at Novita; null when it is not known. */
  @ApiProperty({ type: String, nullable: true, example: 'nvt-a1b2c3d4-01jgfjjz00n5mq2ys3b3x8t1rv-1-abcdefghij' })
  name!: string | null;

  /** What it is to this service. */
  @ApiProperty({ ...MACHINE_VERDICT, example: 'unknown' })
  verdict!: ReportedVerdict;

  /** The instance that it belongs to, or whose surplus it is; null for one that this database knows nothing of. */
  @ApiProperty({ type: InstanceReferenceDto, nullable: true })
  instance!: InstanceReferenceDto | null;

  /** Novita's own word for what it is doing. */
  @ApiProperty({ example: 'running' })
  status!: string;

  /** Novita's id of the product. */
  @ApiProperty({ type: String, nullable: true, example: '4090.16c62g' })
  productId!: string | null;

  /** The product's name. */
  @ApiProperty({ type: String, nullable: true, example: 'RTX 4090 24GB' })
  productName!: string | null;

  /** The region's id. */
  @ApiProperty({ type: String, nullable: true, example: 'us-ca-6' })
  regionId!: string | null;

  /** How many GPUs it has. */
  @ApiProperty({ type: 'integer', nullable: true, example: 1 })
  gpuNum!: number | null;

  /** How it is paid for. */
  @ApiProperty({ ...BILLING_MODE, nullable: true })
  billingMode!: BillingMode | null;

  /** What the whole machine costs per hour: 0 while it is stopped; null when nobody knows. */
  @ApiProperty({ type: MoneyDto, nullable: true })
  pricePerInstanceHour!: MoneyDto | null;

  /** When it was first seen. */
  @ApiProperty(TIME)
  firstSeenAt!: string;

  /** When it was last seen. One that is not seen for ten minutes is listed no more, unless an instance explains it. */
  @ApiProperty(TIME)
  lastSeenAt!: string;

  /** A person has said that it may be left alone and is no news. */
  @ApiProperty({ example: false })
  ignored!: boolean;
}

@ApiSchema({ name: 'FleetMachineList', description: 'A page of machines, in the order of their ids.' })
export class FleetMachineListDto {
  /** The machines. */
  data!: FleetMachineDto[];

  /** Send it as `cursor` for the next page; null on the last one. */
  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
}
