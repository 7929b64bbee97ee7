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
import { CLOCK, type Clock } from '../time/clock.js';
import { RANDOM, type Random } from '../time/ids.js';
import { InstancesController } from './api/instances.controller.js';
import { InstancesService } from './api/instances.service.js';
import type { Policy } from './domain/policy.js';
import { Tagger } from './domain/tag.js';
import { INSTANCE_STORE, type InstanceStore } from './store/instance-store.js';
import { PostgresInstanceStore } from './store/postgres-instance-store.js';
import { FleetTimer } from './workflow/fleet-timer.driver.js';
import { FleetWatch } from './workflow/fleet-watch.js';
import { NetworkProber } from './workflow/network-prober.driver.js';
import { PlaceMachine } from './workflow/place-machine.js';
import type { Market } from './workflow/ports.js';
import { ReconcileHandler } from './workflow/reconcile.handler.js';
import { reconcileInstance } from './workflow/reconcile.job.js';
import { Reconciler } from './workflow/reconcile.js';
import { SteerMachine } from './workflow/steer-machine.js';
import { Waker } from './workflow/waker.js';

const DEPLOYMENT = Symbol('DEPLOYMENT');
const POLICY = Symbol('POLICY');
/** After a round without capacity, an older answer of the catalogue is of no use. */
const FRESH_OFFERS_SECONDS = 10;

type CorePolicy = Policy & { createsEnabled: boolean };

/** The product. The core's classes know no Nest: here they are handed what they need. */
@Module({
  imports: [CatalogueModule, NovitaApiModule],
  controllers: [InstancesController],
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
      inject: [InstancesConfig, NovitaApiConfig],
      useFactory: (instances: InstancesConfig, novita: NovitaApiConfig): CorePolicy => ({
        createsEnabled: instances.createsEnabled,
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
          (instanceId, transaction) => jobs.enqueue(reconcileInstance, { instanceId }, { transaction }),
          clock,
        ),
    },
    {
      provide: PlaceMachine,
      inject: [INSTANCE_STORE, NOVITA_CLIENT, Catalogue, Tagger, CLOCK, RANDOM, POLICY],
      useFactory: (
        store: InstanceStore,
        novita: NovitaClient,
        catalogue: Catalogue,
        tagger: Tagger,
        clock: Clock,
        random: Random,
        policy: CorePolicy,
      ) => new PlaceMachine(store, novita, marketOf(catalogue), tagger, clock, random, policy),
    },
    {
      provide: SteerMachine,
      inject: [INSTANCE_STORE, NOVITA_CLIENT, Tagger, CLOCK, POLICY],
      useFactory: (...dependencies: ConstructorParameters<typeof SteerMachine>) => new SteerMachine(...dependencies),
    },
    {
      provide: NetworkProber,
      inject: [InstancesConfig],
      useFactory: ({ probeAllowAddresses }: InstancesConfig) => new NetworkProber(probeAllowAddresses),
    },
    {
      provide: Reconciler,
      inject: [INSTANCE_STORE, PlaceMachine, SteerMachine, NetworkProber, CLOCK, POLICY, LOG],
      useFactory: (...dependencies: ConstructorParameters<typeof Reconciler>) => new Reconciler(...dependencies),
    },
    {
      provide: FleetWatch,
      inject: [INSTANCE_STORE, NOVITA_CLIENT, Tagger, CLOCK, POLICY, LOG],
      useFactory: (
        store: InstanceStore,
        novita: NovitaClient,
        tagger: Tagger,
        clock: Clock,
        policy: CorePolicy,
        log: Log,
      ) => new FleetWatch(store, novita, tagger, clock, policy, log),
    },
    {
      provide: Waker,
      inject: [INSTANCE_STORE, CLOCK],
      useFactory: (store: InstanceStore, clock: Clock) => new Waker(store, clock),
    },
  ],
})
export class NovitaInstancesModule {}

const marketOf = (catalogue: Catalogue): Market => ({
  // a price from last week would break the promise of a cap: what money is spent by is never older than the cache allows
  currentOffers: async (fresh) => (await catalogue.offers(fresh ? FRESH_OFFERS_SECONDS : catalogue.cacheSeconds)).value,
  template: (templateId) => catalogue.template(templateId),
});
