import { Module } from '@nestjs/common';
import { CatalogueConfig } from '../config/config.js';
import { CacheFigures } from '../metrics/cache-figures.js';
import { NovitaApiModule } from '../novita-api/novita-api.module.js';
import { NOVITA_CLIENT, type NovitaClient } from '../novita-api/novita-client.js';
import { CLOCK, type Clock } from '../time/clock.js';
import { OffersController, RegionsController, TemplatesController } from './api/catalogue.controller.js';
import { DATABASE } from '../database/database.module.js';
import type { Database } from '../database/pool.js';
import { RegistryAuthsController } from './api/registry-auths.controller.js';
import { VolumesController } from './api/volumes.controller.js';
import { Catalogue } from './catalogue.js';
import { RegistryAuths } from './registry-auths.js';
import { OFFER_MEMORY } from './store/offer-memory-store.js';
import { PostgresOfferMemory } from './store/postgres-offer-memory.js';

@Module({
  imports: [NovitaApiModule],
  controllers: [OffersController, RegionsController, TemplatesController, RegistryAuthsController, VolumesController],
  providers: [
    {
      provide: OFFER_MEMORY,
      inject: [DATABASE],
      useFactory: (database: Database) => new PostgresOfferMemory(database),
    },
    {
      provide: Catalogue,
      inject: [NOVITA_CLIENT, CLOCK, CatalogueConfig, CacheFigures],
      useFactory: (novita: NovitaClient, clock: Clock, { cacheSeconds }: CatalogueConfig, figures: CacheFigures) =>
        new Catalogue(novita, clock, cacheSeconds, (outcome, size) => {
          figures.record(outcome, size);
        }),
    },
    {
      provide: RegistryAuths,
      inject: [NOVITA_CLIENT, Catalogue],
      useFactory: (novita: NovitaClient, catalogue: Catalogue) => new RegistryAuths(novita, catalogue),
    },
  ],
  exports: [Catalogue, OFFER_MEMORY],
})
export class CatalogueModule {}
