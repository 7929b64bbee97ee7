import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../http/api-problems.decorator.js';
import { CLOCK, type Clock } from '../../time/clock.js';
import { Catalogue } from '../catalogue.js';
import { OFFER_MEMORY, type OfferMemoryStore } from '../store/offer-memory-store.js';
import { OfferListDto, OffersQuery, RegionListDto, TemplateListDto } from './catalogue.dto.js';
import { offerList, regionList, templateList } from './catalogue.view.js';
import { RequiresScope } from '../../http/requires-scope.decorator.js';

@ApiTags('catalogue')
@Controller('offers')
@ApiProblems('CATALOGUE_UNAVAILABLE')
export class OffersController {
  constructor(
    private readonly catalogue: Catalogue,
    @Inject(OFFER_MEMORY) private readonly memory: OfferMemoryStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @RequiresScope('instances:read')
  @Get()
  @ApiOperation({
    operationId: 'listOffers',
    summary: 'List offers, the cheapest first',
    description:
      'What can be bought: product × region × billing mode, with price and stock, cached for CACHE_TIMEOUT seconds; and what the creates of all replicas have learned of each offer.',
  })
  @ApiOkResponse({ type: OfferListDto, description: 'The offers that match the filter.' })
  async listOffers(@Query() query: OffersQuery): Promise<OfferListDto> {
    const [offers, learned] = await Promise.all([this.catalogue.offers(), this.memory.learned(query.image ?? null)]);
    return offerList(offers, query, learned, this.clock.now());
  }
}

@ApiTags('catalogue')
@Controller('regions')
@ApiProblems('CATALOGUE_UNAVAILABLE')
export class RegionsController {
  constructor(private readonly catalogue: Catalogue) {}

  @RequiresScope('instances:read')
  @Get()
  @ApiOperation({
    operationId: 'listRegions',
    summary: 'List regions',
    description: "Where machines run: Novita's clusters. Cached.",
  })
  @ApiOkResponse({ type: RegionListDto, description: 'Every region.' })
  async listRegions(): Promise<RegionListDto> {
    return regionList(await this.catalogue.regions());
  }
}

@ApiTags('catalogue')
@Controller('templates')
@ApiProblems('CATALOGUE_UNAVAILABLE')
export class TemplatesController {
  constructor(private readonly catalogue: Catalogue) {}

  @RequiresScope('instances:read')
  @Get()
  @ApiOperation({
    operationId: 'listTemplates',
    summary: 'List templates',
    description: 'Images with their settings: official, community and private templates of the Novita account. Cached.',
  })
  @ApiOkResponse({ type: TemplateListDto, description: 'Every template.' })
  async listTemplates(): Promise<TemplateListDto> {
    return templateList(await this.catalogue.templates());
  }
}
