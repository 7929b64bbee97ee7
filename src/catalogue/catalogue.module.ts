import { Module } from '@nestjs/common';
import { CatalogueConfig } from '../config/config.js';
import { NovitaApiModule } from '../novita-api/novita-api.module.js';
import { NOVITA_CLIENT, type NovitaClient } from '../novita-api/novita-client.js';
import { CLOCK, type Clock } from '../time/clock.js';
import { OffersController, RegionsController, TemplatesController } from './api/catalogue.controller.js';
import { Catalogue } from './catalogue.js';

@Module({
  imports: [NovitaApiModule],
  controllers: [OffersController, RegionsController, TemplatesController],
  providers: [
    {
      provide: Catalogue,
      inject: [NOVITA_CLIENT, CLOCK, CatalogueConfig],
      useFactory: (novita: NovitaClient, clock: Clock, config: CatalogueConfig) =>
        new Catalogue(novita, clock, config.cacheSeconds),
    },
  ],
  exports: [Catalogue],
})
export class CatalogueModule {}
