import { Module } from '@nestjs/common';
import { InstancesConfig } from '../config/config.js';
import { DATABASE } from '../database/database.module.js';
import type { Database } from '../database/pool.js';
import { CLOCK, type Clock } from '../time/clock.js';
import { RANDOM, type Random } from '../time/ids.js';
import { openDeployment, type Deployment } from './deployment.js';
import { openSealing } from './open-sealing.js';
import { Sealing } from './sealing.js';

/** DI token for the `Deployment`. */
export const DEPLOYMENT = Symbol('DEPLOYMENT');

/** The identity of the deployment, and what seals its secrets. */
@Module({
  providers: [
    {
      provide: DEPLOYMENT,
      inject: [DATABASE, InstancesConfig, CLOCK, RANDOM],
      useFactory: (database: Database, config: InstancesConfig, clock: Clock, random: Random): Promise<Deployment> =>
        openDeployment(
          database,
          config.deploymentSecret?.reveal() ?? null,
          config.previousDeploymentSecret?.reveal() ?? null,
          clock,
          random,
        ),
    },
    {
      provide: Sealing,
      inject: [DEPLOYMENT, InstancesConfig],
      useFactory: openSealing,
    },
  ],
  exports: [DEPLOYMENT, Sealing],
})
export class SecretsModule {}
