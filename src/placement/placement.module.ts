import { Module } from '@nestjs/common';
import { Catalogue } from '../catalogue/catalogue.js';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { MARKET, marketOf } from './market.js';

/** Which machine is bought, and what is ordered from Novita. */
@Module({
  imports: [CatalogueModule],
  providers: [{ provide: MARKET, inject: [Catalogue], useFactory: marketOf }],
  exports: [MARKET],
})
export class PlacementModule {}
