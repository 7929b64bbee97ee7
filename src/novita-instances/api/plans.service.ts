import { Inject, Injectable } from '@nestjs/common';
import { Projects } from '../../access/projects.js';
import { Catalogue } from '../../catalogue/catalogue.js';
import { OFFER_MEMORY, type OfferMemoryStore } from '../../catalogue/store/offer-memory-store.js';
import { DomainError } from '../../errors/domain-error.js';
import type { PriceUnits } from '../../money/price.js';
import { MARKET, type Market } from '../../placement/market.js';
import { PLAN_LIFETIME_SECONDS, planOf, type Plan } from '../../placement/plan.js';
import { addSeconds, CLOCK, type Clock } from '../../time/clock.js';
import { Ids } from '../../time/ids.js';
import type { Within } from '../../vocabulary/project.js';
import { InstanceWebhooks } from '../../webhooks/instance-webhooks.js';
import type { InstanceSpec } from '../domain/instance-spec.js';
import { POLICY, type Policy } from '../domain/policy.js';
import { findOffer } from '../effects/find-offer.js';
import { PlanStore, type StoredPlan } from '../store/plan-store.js';
import { assertSold } from './catalogue-check.js';
import type { CreateInstanceDto } from './dto/create-instance.dto.js';
import { assertConsistent, specFromDto } from './instance-spec.from-dto.js';

/** A plan, and the request that it is for. */
export interface MadePlan {
  stored: StoredPlan;
  plan: Plan;
  spec: InstanceSpec;
}

/** Says what a request would buy, and keeps its price as a ceiling. Buys nothing. */
@Injectable()
export class PlansService {
  constructor(
    private readonly catalogue: Catalogue,
    @Inject(MARKET) private readonly market: Market,
    @Inject(OFFER_MEMORY) private readonly memory: OfferMemoryStore,
    @Inject(Projects) private readonly projects: Projects,
    @Inject(PlanStore) private readonly plans: PlanStore,
    @Inject(InstanceWebhooks) private readonly webhooks: InstanceWebhooks,
    @Inject(POLICY) private readonly policy: Policy,
    private readonly ids: Ids,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws DomainError what a create with the same body is refused with, but for what is wrong with its name, and for the limits */
  async make(body: CreateInstanceDto, within: Within): Promise<MadePlan> {
    const { id: projectId } = await this.projects.visible(body.project, within);
    assertConsistent(body, this.policy);
    this.webhooks.assertWanted({ url: body.webhookUrl, secret: body.webhookSecret });
    const asked = specFromDto(body);
    const plannedPricePerHour = asked.planId === null ? null : await this.priceOf(asked.planId, projectId);
    const spec = { ...asked, plannedPricePerHour };
    const { volumes } = await assertSold(this.catalogue, body, spec);
    const placement = await findOffer(this.memory, this.clock, spec, await this.market.currentOffers(true), {
      volumes,
    });
    const plan = planOf(spec, placement);
    const createdAt = this.clock.now();
    const stored = {
      id: `plan_${this.ids.ulid()}`,
      projectId,
      pricePerHour: plan.pricePerHour,
      createdAt,
      expiresAt: addSeconds(createdAt, PLAN_LIFETIME_SECONDS),
    };
    await this.plans.add(stored);
    return { stored, plan, spec };
  }

  /**
   * The ceiling of a create that names the plan: of the whole machine and hour, in 1/100000 USD.
   * @throws DomainError PLAN_NOT_FOUND, PLAN_EXPIRED, PLAN_WITHOUT_OFFER
   */
  async priceOf(planId: string, projectId: string): Promise<PriceUnits> {
    const plan = await this.plans.find(planId, projectId);
    const refused = (code: 'PLAN_NOT_FOUND' | 'PLAN_EXPIRED' | 'PLAN_WITHOUT_OFFER', detail: string): DomainError =>
      new DomainError(code, detail, { faults: [{ pointer: '/planId', detail: 'must be a plan that can be used' }] });
    if (!plan) throw refused('PLAN_NOT_FOUND', `The project has no plan "${planId}".`);
    const { expiresAt, pricePerHour } = plan;
    if (expiresAt <= this.clock.now()) {
      throw refused('PLAN_EXPIRED', `The plan "${planId}" was good until ${expiresAt.toISOString()}.`);
    }
    if (pricePerHour === null) {
      throw refused('PLAN_WITHOUT_OFFER', `The plan "${planId}" found no offer, so it has no price.`);
    }
    return pricePerHour;
  }
}
