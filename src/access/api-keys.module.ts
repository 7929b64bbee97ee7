import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessConfig, OidcConfig, ServerConfig } from '../config/config.js';
import { DATABASE } from '../database/database.module.js';
import type { Database } from '../database/pool.js';
import type { Log } from '../logging/log.js';
import { LOG } from '../logging/logging.module.js';
import { CLOCK, type Clock } from '../time/clock.js';
import { Ids } from '../time/ids.js';
import { ProjectsController } from './api/projects.controller.js';
import { ProjectCommands } from './project-commands.js';
import { Projects } from './projects.js';
import { KeysController } from './api/keys.controller.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { Authenticator } from './authenticate.js';
import { prepareKeys, servesWithoutKeys } from './first-key.js';
import { KeyCommands } from './key-commands.js';
import { KnownProjects } from './known-projects.js';
import { KnownKeys } from './known-keys.js';
import { TokenVerifier } from './oidc/token-verifier.js';
import { OpenRoutes } from './open-routes.js';
import { ScopeGuard } from './scope.guard.js';

/** Checks the API key and the scope of each request. Needs a database, unlike the rate limit of AccessModule. */
@Module({
  controllers: [KeysController, ProjectsController],
  providers: [
    {
      provide: ApiKeysRepository,
      inject: [DATABASE],
      useFactory: (database: Database) => new ApiKeysRepository(database),
    },
    {
      provide: KnownKeys,
      inject: [ApiKeysRepository, CLOCK, LOG],
      useFactory: (repository: ApiKeysRepository, clock: Clock, log: Log) => new KnownKeys(repository, clock, log),
    },
    {
      provide: KeyCommands,
      inject: [ApiKeysRepository, KnownKeys, Ids, CLOCK],
      useFactory: (repository: ApiKeysRepository, known: KnownKeys, ids: Ids, clock: Clock) =>
        new KeyCommands(repository, known, ids, clock),
    },
    { provide: Projects, inject: [DATABASE], useFactory: (database: Database) => new Projects(database) },
    {
      provide: ProjectCommands,
      inject: [Projects, Ids, CLOCK],
      useFactory: (projects: Projects, ids: Ids, clock: Clock) => new ProjectCommands(projects, ids, clock),
    },
    {
      provide: Authenticator,
      inject: [ApiKeysRepository, KnownKeys, Projects, CLOCK, AccessConfig, ServerConfig, OidcConfig],
      useFactory: async (
        repository: ApiKeysRepository,
        known: KnownKeys,
        projects: Projects,
        clock: Clock,
        { firstKey }: AccessConfig,
        { host }: ServerConfig,
        oidc: OidcConfig,
      ) => {
        const tokens = TokenVerifier.from(oidc, clock);
        const door = { host, firstKey, hasProvider: tokens !== null };
        // while the application is made: nothing listens yet
        await prepareKeys(repository, door, clock);
        return new Authenticator(known, clock, servesWithoutKeys(door), tokens, new KnownProjects(projects));
      },
    },
    {
      provide: OpenRoutes,
      inject: [AccessConfig],
      useFactory: ({ openRoutes }: AccessConfig) => new OpenRoutes(openRoutes),
    },
    { provide: APP_GUARD, useClass: ScopeGuard },
  ],
  exports: [Projects],
})
export class ApiKeysModule {}
