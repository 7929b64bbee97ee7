import { Module } from '@nestjs/common';
import { Catalogue } from '../catalogue/catalogue.js';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { InstancesConfig, NovitaApiConfig } from '../config/config.js';
import { DATABASE } from '../database/database.module.js';
import { openDeployment, type Deployment } from '../database/deployment.js';
import type { Database } from '../database/pool.js';
import { Sealing } from '../database/sealing.js';
import { JobQueue } from '../jobs/job-queue.js';
import type { Log } from '../logging/log.js';
import { LOG } from '../logging/logging.module.js';
import { NovitaApiModule } from '../novita-api/novita-api.module.js';
import { NOVITA_CLIENT, type NovitaClient } from '../novita-api/novita-client.js';
import { addSeconds, CLOCK, type Clock } from '../time/clock.js';
import { RANDOM, type Random } from '../time/ids.js';
import { FleetController } from './api/fleet.controller.js';
import { InstancesController } from './api/instances.controller.js';
import { InstancesService } from './api/instances.service.js';
import { MachinesController } from './api/machines.controller.js';
import { POLICY, type Policy } from './domain/policy.js';
import { Tagger } from './domain/tag.js';
import { fleetMetricProviders, TIME_TO_READY, type TimeToReady } from './fleet.metrics.js';
import { inStepSpan } from './step.spans.js';
import { FleetFigures } from './store/fleet-figures.repository.js';
import { INSTANCE_STORE, type InstanceStore } from './store/instance-store.js';
import { PostgresInstanceStore } from './store/postgres-instance-store.js';
import { composeCore, type Core } from './workflow/compose-core.js';
import { FleetDesk } from './workflow/fleet-desk.js';
import { FleetSurveyor } from './workflow/fleet-survey.js';
import { FleetTimer } from './workflow/fleet-timer.driver.js';
import { FleetWatch } from './workflow/fleet-watch.js';
import { NetworkProber } from './workflow/network-prober.driver.js';
import { OperatorWord } from './workflow/operator-word.js';
import type { Market, Prober } from './workflow/ports.js';
import { ReconcileTroubles } from './store/reconcile-troubles.repository.js';
import { ReconcileHandler } from './workflow/reconcile.handler.js';
import { reconcileInstance } from './workflow/reconcile.job.js';
import { Reconciler } from './workflow/reconcile.js';
import { Waker } from './workflow/waker.js';

const DEPLOYMENT = Symbol('DEPLOYMENT');
const CORE = Symbol('CORE');
/** After a round without capacity, an older answer of the catalogue is of no use. */
const FRESH_OFFERS_SECONDS = 10;

/** The product. The core's classes know no Nest: here they are handed what they need. */
@Module({
  imports: [CatalogueModule, NovitaApiModule],
  controllers: [InstancesController, MachinesController, FleetController],
  providers: [
    InstancesService,
    ReconcileHandler,
    FleetTimer,
    {
      provide: DEPLOYMENT,
      inject: [DATABASE, InstancesConfig, CLOCK, RANDOM],
      useFactory: (database: Database, config: InstancesConfig, clock: Clock, random: Random): Promise<Deployment> =>
        openDeployment(database, config.deploymentSecret?.reveal() ?? null, clock, random),
    },
    {
      provide: Tagger,
      inject: [DEPLOYMENT],
      useFactory: ({ deploymentId, secret }: Deployment) => new Tagger(deploymentId, secret),
    },
    {
      provide: POLICY,
      inject: [InstancesConfig, NovitaApiConfig, DEPLOYMENT],
      useFactory: (instances: InstancesConfig, novita: NovitaApiConfig, { createdAt }: Deployment): Policy => ({
        createsEnabled: instances.createsEnabled,
        reportOnlyUntil: addSeconds(createdAt, instances.sweepReportOnlyHours * 3600),
        requestTimeoutSeconds: novita.timeoutMs / 1000,
        createSettleSeconds: instances.createSettleSeconds,
        capacityTimeoutSeconds: instances.capacityTimeoutSeconds,
        provisionTimeoutSeconds: instances.provisionTimeoutSeconds,
        startTimeoutSeconds: instances.startTimeoutSeconds,
        stopTimeoutSeconds: instances.stopTimeoutSeconds,
        readinessTimeoutSeconds: instances.readinessTimeoutSeconds,
      }),
    },
    {
      provide: INSTANCE_STORE,
      inject: [DATABASE, DEPLOYMENT, JobQueue, CLOCK],
      useFactory: (database: Database, deployment: Deployment, jobs: JobQueue, clock: Clock): InstanceStore =>
        new PostgresInstanceStore(
          database,
          new Sealing(deployment.secret),
          {
            enqueue: (instanceId, transaction) => jobs.enqueue(reconcileInstance, { instanceId }, { transaction }),
            enqueueAll: (instanceIds, transaction) =>
              jobs.enqueueAll(
                reconcileInstance,
                instanceIds.map((instanceId) => ({ instanceId })),
                transaction,
              ),
          },
          clock,
        ),
    },
    {
      provide: NetworkProber,
      inject: [InstancesConfig],
      useFactory: ({ probeAllowAddresses }: InstancesConfig) => new NetworkProber(probeAllowAddresses),
    },
    {
      provide: CORE,
      inject: [
        INSTANCE_STORE,
        NOVITA_CLIENT,
        Catalogue,
        NetworkProber,
        Tagger,
        CLOCK,
        RANDOM,
        POLICY,
        LOG,
        TIME_TO_READY,
      ],
      useFactory: (
        store: InstanceStore,
        novita: NovitaClient,
        catalogue: Catalogue,
        prober: Prober,
        tagger: Tagger,
        clock: Clock,
        random: Random,
        policy: Policy,
        log: Log,
        timeToReady: TimeToReady,
      ) =>
        composeCore({
          store,
          novita,
          market: marketOf(catalogue),
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
    { provide: Reconciler, inject: [CORE], useFactory: ({ reconciler }: Core) => reconciler },
    { provide: FleetWatch, inject: [CORE], useFactory: ({ watch }: Core) => watch },
    { provide: Waker, inject: [CORE], useFactory: ({ waker }: Core) => waker },
    { provide: FleetDesk, inject: [CORE], useFactory: ({ desk }: Core) => desk },
    { provide: OperatorWord, inject: [CORE], useFactory: ({ word }: Core) => word },
    {
      provide: FleetSurveyor,
      inject: [FleetDesk, DATABASE, Catalogue, POLICY, CLOCK],
      useFactory: (desk: FleetDesk, database: Database, catalogue: Catalogue, policy: Policy, clock: Clock) =>
        new FleetSurveyor(
          desk,
          new FleetFigures(database),
          new ReconcileTroubles(database),
          marketOf(catalogue),
          policy,
          clock,
        ),
    },
    ...fleetMetricProviders,
  ],
})
export class NovitaInstancesModule {}

const marketOf = (catalogue: Catalogue): Market => ({
  // a price from last week would break the promise of a cap: what money is spent by is never older than the cache allows
  currentOffers: async (fresh) => (await catalogue.offers(fresh ? FRESH_OFFERS_SECONDS : catalogue.cacheSeconds)).value,
  knownOffers: async () => (await catalogue.offers()).value,
  template: (templateId) => catalogue.template(templateId),
});
