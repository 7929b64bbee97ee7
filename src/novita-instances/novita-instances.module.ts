import { ApiKeysModule } from '../access/api-keys.module.js';
import { OFFER_MEMORY, type OfferMemoryStore } from '../catalogue/store/offer-memory-store.js';
import { MARKET, type Market } from '../placement/market.js';
import type { Prober } from '../outbound/probe.js';
import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { PlacementModule } from '../placement/placement.module.js';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { InstancesConfig, NovitaApiConfig, WebhooksConfig } from '../config/config.js';
import { DATABASE } from '../database/database.module.js';
import type { Deployment } from '../secrets/deployment.js';
import { DEPLOYMENT, SecretsModule } from '../secrets/secrets.module.js';
import type { Database } from '../database/pool.js';
import { Sealing } from '../secrets/sealing.js';
import { JobQueue } from '../jobs/job-queue.js';
import type { Log } from '../logging/log.js';
import { GuardedConnections } from '../outbound/guarded-connections.js';
import { LOG } from '../logging/logging.module.js';
import { NovitaApiModule } from '../novita-api/novita-api.module.js';
import { NOVITA_CLIENT, type NovitaClient } from '../novita-api/novita-client.js';
import { BackgroundTasks } from '../timetable/background-tasks.service.js';
import { addSeconds, CLOCK, type Clock } from '../time/clock.js';
import { Ids, RANDOM, type Random } from '../time/ids.js';
import { InstanceCommands } from './commands/instance-commands.js';
import { EventsModule } from '../events/events.module.js';
import { InstanceWaitsController } from './api/instance-waits.controller.js';
import { InstancesController } from './api/instances.controller.js';
import { InstancesService } from './api/instances.service.js';
import { PlansController } from './api/plans.controller.js';
import { PlansService } from './api/plans.service.js';
import { POLICY, type Policy } from './domain/policy.js';
import { Tagger } from '../machines/domain/tag.js';
import { TIME_TO_READY, timeToReadyProvider, type TimeToReady } from './instances.metrics.js';
import { inStepSpan } from './step.spans.js';
import { INSTANCE_STORE, type InstanceStore } from './store/instance-store.js';
import { CAPACITY_STORE, type CapacityStore } from './store/capacity-store.js';
import { PostgresCapacityStore } from './store/postgres-capacity-store.js';
import { Quotas } from './store/quotas.js';
import { InstanceLabels } from './store/instance-labels.repository.js';
import { PlanStore } from './store/plan-store.js';
import { PostgresInstanceStore } from './store/postgres-instance-store.js';
import { composeCore, type Core } from './workflow/compose-core.js';
import { capacityTask, serviceCapacityPace } from './workflow/capacity.task.js';
import { fleetTasks, servicePace } from './workflow/fleet.tasks.js';
import { NetworkProber } from '../outbound/network-prober.driver.js';
import { ReconcileTroubles } from './store/reconcile-troubles.repository.js';
import { ReconcileHandler } from './workflow/reconcile.handler.js';
import { reconcileInstance } from './workflow/reconcile.job.js';
import { InstanceWaits } from './waits/instance-waits.service.js';
import { Reconciler } from './workflow/reconcile.js';
import { GuardStore, GUARD_STORE } from '../machines/store/guard-store.js';
import { MachineStore, MACHINE_STORE } from '../machines/store/machine-store.js';
import { InstanceWebhooks } from '../webhooks/instance-webhooks.js';
import { NudgeQueue } from '../machines/store/nudge-queue.js';
import { PostgresGuardStore } from '../machines/store/postgres-guard-store.js';
import { PostgresMachineStore } from '../machines/store/postgres-machine-store.js';

const CORE = Symbol('CORE');
const STORES = Symbol('STORES');

interface Stores {
  instances: InstanceStore;
  machines: MachineStore;
  guards: GuardStore;
  waits: CapacityStore;
}

/** The product. The core's classes know no Nest: here they are handed what they need. */
@Module({
  imports: [ApiKeysModule, CatalogueModule, EventsModule, NovitaApiModule, PlacementModule, SecretsModule],
  controllers: [InstancesController, InstanceWaitsController, PlansController],
  providers: [
    InstancesService,
    PlansService,
    { provide: PlanStore, inject: [DATABASE], useFactory: (database: Database) => new PlanStore(database) },
    InstanceWaits,
    ReconcileHandler,
    {
      provide: Tagger,
      inject: [DEPLOYMENT],
      useFactory: ({ deploymentId, secret, otherSecret }: Deployment) => new Tagger(deploymentId, secret, otherSecret),
    },
    {
      provide: POLICY,
      inject: [InstancesConfig, NovitaApiConfig, DEPLOYMENT],
      useFactory: (instances: InstancesConfig, novita: NovitaApiConfig, { createdAt }: Deployment): Policy => ({
        createsEnabled: instances.createsEnabled,
        drainSeconds: instances.replacementDrainSeconds,
        maxReplacementsPerHour: instances.maxReplacementsPerHour,
        reportOnlyUntil: addSeconds(createdAt, instances.sweepReportOnlyHours * 3600),
        requestTimeoutSeconds: novita.timeoutMs / 1000,
        createSettleSeconds: instances.createSettleSeconds,
        capacityTimeoutSeconds: instances.capacityTimeoutSeconds,
        outOfStockSeconds: instances.outOfStockSeconds,
        provisionTimeoutSeconds: instances.provisionTimeoutSeconds,
        startTimeoutSeconds: instances.startTimeoutSeconds,
        stopTimeoutSeconds: instances.stopTimeoutSeconds,
        readinessTimeoutSeconds: instances.readinessTimeoutSeconds,
      }),
    },
    {
      provide: STORES,
      inject: [DATABASE, Sealing, JobQueue, CLOCK, InstancesConfig],
      useFactory: (
        database: Database,
        sealing: Sealing,
        jobs: JobQueue,
        clock: Clock,
        { maxInstances, maxPricePerHour }: InstancesConfig,
      ): Stores => {
        const queue = reconcileQueue(jobs);
        const quotas = new Quotas({ maxInstances, maxPricePerHour });
        return {
          instances: new PostgresInstanceStore(database, sealing, queue, clock, quotas),
          machines: new PostgresMachineStore(database, sealing, queue),
          guards: new PostgresGuardStore(database, clock),
          waits: new PostgresCapacityStore(database, sealing),
        };
      },
    },
    { provide: INSTANCE_STORE, inject: [STORES], useFactory: ({ instances }: Stores) => instances },
    { provide: CAPACITY_STORE, inject: [STORES], useFactory: ({ waits }: Stores) => waits },
    { provide: MACHINE_STORE, inject: [STORES], useFactory: ({ machines }: Stores) => machines },
    { provide: GUARD_STORE, inject: [STORES], useFactory: ({ guards }: Stores) => guards },
    {
      provide: NetworkProber,
      inject: [InstancesConfig],
      useFactory: ({ probeAllowAddresses }: InstancesConfig) =>
        new NetworkProber(new GuardedConnections(probeAllowAddresses)),
    },
    {
      provide: CORE,
      inject: [
        STORES,
        NOVITA_CLIENT,
        MARKET,
        OFFER_MEMORY,
        NetworkProber,
        Tagger,
        CLOCK,
        RANDOM,
        POLICY,
        LOG,
        TIME_TO_READY,
      ],
      useFactory: (
        { instances, machines, guards, waits }: Stores,
        novita: NovitaClient,
        market: Market,
        memory: OfferMemoryStore,
        prober: Prober,
        tagger: Tagger,
        clock: Clock,
        random: Random,
        policy: Policy,
        log: Log,
        timeToReady: TimeToReady,
      ) =>
        composeCore({
          store: instances,
          waits,
          machines,
          guards,
          novita,
          market,
          memory,
          prober,
          tagger,
          clock,
          random,
          policy,
          log,
          onReady: (seconds) => {
            timeToReady.observe(seconds);
          },
          aroundStep: inStepSpan,
        }),
    },
    {
      provide: ReconcileTroubles,
      inject: [DATABASE],
      useFactory: (database: Database) => new ReconcileTroubles(database),
    },
    {
      provide: InstanceLabels,
      inject: [DATABASE],
      useFactory: (database: Database) => new InstanceLabels(database),
    },
    {
      provide: InstanceWebhooks,
      inject: [Sealing, Ids, WebhooksConfig],
      useFactory: (sealer: Sealing, ids: Ids, config: WebhooksConfig) => new InstanceWebhooks(sealer, ids, config),
    },
    { provide: InstanceCommands, inject: [CORE], useFactory: ({ commands }: Core) => commands },
    { provide: Reconciler, inject: [CORE], useFactory: ({ reconciler }: Core) => reconciler },
    timeToReadyProvider,
  ],
  exports: [
    INSTANCE_STORE,
    CAPACITY_STORE,
    MACHINE_STORE,
    GUARD_STORE,
    POLICY,
    Tagger,
    InstancesService,
    InstanceLabels,
    ReconcileTroubles,
    CatalogueModule,
    NovitaApiModule,
    PlacementModule,
    SecretsModule,
  ],
})
export class NovitaInstancesModule implements OnModuleInit {
  constructor(
    private readonly tasks: BackgroundTasks,
    @Inject(CORE) private readonly core: Core,
  ) {}

  onModuleInit(): void {
    const pace = servicePace(this.core);
    this.tasks.add(...fleetTasks(this.core, pace), capacityTask(this.core, serviceCapacityPace(this.core, pace)));
  }
}

/** Wakes the reconciler by jobs that are written in the same transaction. */
const reconcileQueue = (jobs: JobQueue): NudgeQueue => ({
  enqueue: (instanceId, transaction) => jobs.enqueue(reconcileInstance, { instanceId }, { transaction }),
  enqueueAll: (instanceIds, transaction) =>
    jobs.enqueueAll(
      reconcileInstance,
      instanceIds.map((instanceId) => ({ instanceId })),
      transaction,
    ),
});
