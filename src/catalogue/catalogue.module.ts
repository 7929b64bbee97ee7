import { Module } from '@nestjs/common';
import { CatalogueConfig } from '../config/config.js';
import { CacheFigures } from '../metrics/cache-figures.js';
import { NovitaApiModule } from '../novita-api/novita-api.module.js';
import { NOVITA_CLIENT, type NovitaClient } from '../novita-api/novita-client.js';
import { CLOCK, type Clock } from '../time/clock.js';
import { OffersController, RegionsController, TemplatesController } from './api/catalogue.controller.js';
import { RegistryAuthsController } from './api/registry-auths.controller.js';
import { VolumesController } from './api/volumes.controller.js';
import { Catalogue } from './catalogue.js';
import { RegistryAuths } from './registry-auths.js';

@Module({
  imports: [NovitaApiModule],
  controllers: [OffersController, RegionsController, TemplatesController, RegistryAuthsController, VolumesController],
  providers: [
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
  exports: [Catalogue],
})
export class CatalogueModule {}
