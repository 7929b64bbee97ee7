import { Body, Controller, Post } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../http/api-problems.decorator.js';
import { SeenBySender } from '../../http/given.decorator.js';
import { RequiresScope } from '../../http/requires-scope.decorator.js';
import type { Within } from '../../vocabulary/project.js';
import { CREATE_EXAMPLES } from './create-examples.js';
import { CreateInstanceDto } from './dto/create-instance.dto.js';
import { PlanDto } from './dto/plan.dto.js';
import { planView } from './plan.view.js';
import { PLAN_PROBLEMS } from './instance-headers.js';
import { PlansService } from './plans.service.js';

/** What a request would buy, before it is made. */
@ApiTags('instances')
@Controller('plans')
export class PlansController {
  constructor(private readonly plans: PlansService) {}

  /** It changes nothing that anybody sees, so whoever may read may plan. */
  @RequiresScope('instances:read')
  @Post()
  @ApiOperation({
    operationId: 'createPlan',
    summary: 'See what a request would buy, and what that costs',
    description:
      'Takes the body of a create, and buys nothing: the offers in the order in which they would be bought, those that are passed over, ' +
      'each with its reason, and what the first one costs. A create with `planId` pays at most `pricePerHour`. Repeating it is harmless.',
  })
  @ApiBody({ type: CreateInstanceDto, examples: CREATE_EXAMPLES })
  @ApiCreatedResponse({ type: PlanDto, description: 'The plan.' })
  @ApiProblems(
    'PRODUCT_NOT_FOUND',
    'TEMPLATE_NOT_FOUND',
    'PROJECT_NOT_FOUND',
    'CATALOGUE_UNAVAILABLE',
    ...PLAN_PROBLEMS,
  )
  async createPlan(@Body() body: CreateInstanceDto, @SeenBySender() within: Within): Promise<PlanDto> {
    return planView(await this.plans.make(body, within));
  }
}
