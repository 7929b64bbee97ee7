import { Global, Module } from '@nestjs/common';
import { CLOCK, systemClock } from '../../src/time/clock.js';

/** The clock of the machine, for rooms without the application. */
@Global()
@Module({ providers: [{ provide: CLOCK, useValue: systemClock }], exports: [CLOCK] })
export class TimeModule {}
