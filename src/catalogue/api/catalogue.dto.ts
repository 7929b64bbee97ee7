import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { TextField } from '../../http/fields.js';
import { IntegerParameter, WordParameter } from '../../http/query-fields.js';
import { BILLING_MODE, type BillingMode } from '../../vocabulary/billing-mode.js';
import { PORT_PROTOCOL, type Protocol } from '../../vocabulary/protocol.js';
import { STOCK_LEVEL, type StockLevel } from '../../vocabulary/stock-level.js';
import { OfferTermsDto } from './offer-terms.dto.js';

const PRICE = /^\d{1,6}(\.\d{1,5})?$/;

const OBSERVED_AT = { format: 'date-time', example: '2026-01-01T12:00:00.000Z' };

export class OffersQuery {
  /** A product id, name, or the leading words of a name: `RTX 4090` means `RTX 4090 24GB`. */
  @TextField({ isOptional: true, most: 200 })
  productName?: string;

  /** A region's id, code or name, such as `us-ca-6`. */
  @TextField({ isOptional: true, most: 100 })
  region?: string;

  /** How the machine is billed. */
  @WordParameter(BILLING_MODE)
  billingMode?: BillingMode;

  /** GPUs for each instance. `pricePerInstanceHour` is calculated for this number. */
  @IntegerParameter({ from: 1, to: 8, default: 1 })
  gpuNum?: number = 1;

  /** The least memory of one GPU in GB, as the product's name says it. */
  @IntegerParameter({ from: 1, to: 2048 })
  minGpuMemoryGb?: number;

  /** Offers whose price for one GPU and hour is higher are left out, in USD. */
  @TextField({ isOptional: true, pattern: PRICE, says: 'maxPricePerGpuHour must be a decimal such as "0.50"' })
  maxPricePerGpuHour?: string;

  /** Offers whose price for `gpuNum` GPUs and hour is higher are left out, in USD. */
  @TextField({ isOptional: true, pattern: PRICE, says: 'maxPricePerHour must be a decimal such as "4.00"' })
  maxPricePerHour?: string;

  /** The image of which `learned.pullSeconds` tells; `template:` and an id for that of a template. */
  @TextField({ isOptional: true, least: 1, most: 500 })
  image?: string;
}

@ApiSchema({ name: 'Learned', description: 'What creates have taught about an offer. What is older counts less.' })
export class LearnedDto {
  /** How likely a create for it is accepted, from 0 to 1. */
  @ApiProperty({ example: 0.92 })
  chance!: number;

  /** Creates that were accepted; one of twelve hours ago counts as a half. */
  @ApiProperty({ example: 12.5 })
  successes!: number;

  /** Creates that were refused for lack of stock; counted alike. */
  @ApiProperty({ example: 1 })
  refusals!: number;

  /** Seconds from a create to a workload that answers, on average; null: not known. */
  @ApiProperty({ type: 'integer', nullable: true, example: 140 })
  secondsToReady!: number | null;

  /** Seconds from a create to a running machine in this region with the `image` of the query, on average; null: not known. */
  @ApiProperty({ type: 'integer', nullable: true, example: 95 })
  pullSeconds!: number | null;

  /** Until then no instance asks for it, since it had no stock; null: it may be asked for. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  outOfStockUntil!: string | null;
}

@ApiSchema({ name: 'Offer', description: 'A product in a region by a billing mode, with its price.' })
export class OfferDto extends OfferTermsDto {
  /** Whether the offer is available according to Novita. True does not guarantee it. */
  @ApiProperty({ example: true })
  available!: boolean;

  /** The stock according to Novita. */
  @ApiProperty(STOCK_LEVEL)
  stock!: StockLevel;

  /** Memory of one GPU in GB, as the product's name says it; null: it does not. */
  @ApiProperty({ type: 'integer', nullable: true, example: 24 })
  gpuMemoryGb!: number | null;

  /** Virtual CPUs that come with each GPU. */
  @ApiProperty({ type: 'integer', nullable: true, example: 16 })
  cpuPerGpu!: number | null;

  /** Memory in GB that comes with each GPU. */
  @ApiProperty({ type: 'integer', nullable: true, example: 62 })
  memoryGbPerGpu!: number | null;

  /** The largest root disk in GB. */
  @ApiProperty({ type: 'integer', nullable: true, example: 1024 })
  maxRootfsGb!: number | null;

  /** What was learned of it; null: no create has asked for it lately. */
  @ApiProperty({ type: LearnedDto, nullable: true })
  learned!: LearnedDto | null;
}

@ApiSchema({ name: 'OfferList', description: 'Offers, the cheapest first.' })
export class OfferListDto {
  /** The offers that match the filter. */
  data!: OfferDto[];

  /** When Novita said so. */
  @ApiProperty(OBSERVED_AT)
  observedAt!: string;
}

@ApiSchema({ name: 'Region', description: 'A place where machines run.' })
export class RegionDto {
  /** What to send as `region`. */
  @ApiProperty({ example: 'us-ca-6' })
  id!: string;

  /** The region's name at Novita. The name, and the code before its bracket, are accepted as `region` too. */
  @ApiProperty({ example: 'US-CA-06 (California)' })
  name!: string;
}

@ApiSchema({ name: 'RegionList', description: 'Every region.' })
export class RegionListDto {
  /** Every region. */
  data!: RegionDto[];

  /** When Novita said so. */
  @ApiProperty(OBSERVED_AT)
  observedAt!: string;
}

@ApiSchema({ name: 'TemplatePort', description: 'A port that a template opens.' })
export class TemplatePortDto {
  /** The port inside the machine. */
  @ApiProperty({ type: 'integer', example: 8188 })
  port!: number;

  /** How the port is reached. */
  @ApiProperty(PORT_PROTOCOL)
  protocol!: Protocol;
}

@ApiSchema({
  name: 'Template',
  description:
    'An image with its settings, stored at Novita. Values of environment variables are not shown, since they may be secret.',
})
export class TemplateDto {
  /** What to send as `templateId`. */
  @ApiProperty({ example: '104002' })
  id!: string;

  /** The name of the template. */
  @ApiProperty({ example: 'comfyui' })
  name!: string;

  /** The owner, in Novita's words: `official`, `community` or `private`. */
  @ApiProperty({ example: 'official' })
  channel!: string;

  /** The container image. */
  @ApiProperty({ example: 'docker.io/example/comfyui:1.4' })
  image!: string;

  /** The size of the root disk in GB, or null when the template does not set it. */
  @ApiProperty({ type: 'integer', nullable: true, example: 60 })
  rootfsSizeGb!: number | null;

  /** The ports that the template opens. */
  ports!: TemplatePortDto[];

  /** The names of the environment variables that the template sets. */
  @ApiProperty({ type: [String], example: ['MODEL_DIR'] })
  envKeys!: string[];
}

@ApiSchema({ name: 'TemplateList', description: 'Templates that can be run.' })
export class TemplateListDto {
  /** Official, community and private templates. */
  data!: TemplateDto[];

  /** When Novita said so. */
  @ApiProperty(OBSERVED_AT)
  observedAt!: string;
}
