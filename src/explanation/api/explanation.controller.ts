import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SeenBySender } from '../../http/given.decorator.js';
import type { Within } from '../../vocabulary/project.js';
import { ApiProblems } from '../../http/api-problems.decorator.js';
import { GUARD_STORE, type GuardStore } from '../../machines/store/guard-store.js';
import { ApiInstanceParam } from '../../novita-instances/api/instance-headers.js';
import { InstancesService } from '../../novita-instances/api/instances.service.js';
import { CAPACITY_STORE, type CapacityStore } from '../../novita-instances/store/capacity-store.js';
import { POLICY, type Policy } from '../../novita-instances/domain/policy.js';
import { CLOCK, type Clock } from '../../time/clock.js';
import { explain } from '../explain.js';
import { ExplanationDto } from './explanation.dto.js';
import { explanationView } from './explanation.view.js';
import { RequiresScope } from '../../http/requires-scope.decorator.js';

/** One answer to "why is it not ready, and what happens next?" */
@ApiTags('instances')
@Controller('instances')
export class ExplanationController {
  constructor(
    private readonly instances: InstancesService,
    @Inject(GUARD_STORE) private readonly guards: GuardStore,
    @Inject(CAPACITY_STORE) private readonly waits: CapacityStore,
    @Inject(POLICY) private readonly policy: Policy,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @RequiresScope('instances:read')
  @Get(':instance/explain')
  @ApiOperation({
    operationId: 'explainInstance',
    summary: 'Why it is not ready, and what happens next',
    description:
      'What it waits for, the next step of Novitai and when, the limit that it is under and what happens then, what it costs meanwhile, and what a person can do.',
  })
  @ApiInstanceParam()
  @ApiOkResponse({ type: ExplanationDto, description: 'How it stands now.' })
  @ApiProblems('INSTANCE_NOT_FOUND')
  async explainInstance(@Param('instance') instance: string, @SeenBySender() within: Within): Promise<ExplanationDto> {
    const [snapshot, guard] = await Promise.all([this.instances.get(instance, within), this.guards.guard()]);
    const explanation = explain(snapshot, guard, this.clock.now(), this.policy);
    const { capacityWait } = explanation;
    const standing = capacityWait && (await this.waits.standingOf(snapshot.instance, capacityWait.since));
    return explanationView(snapshot, explanation, standing);
  }
}
