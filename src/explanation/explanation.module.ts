import { Module } from '@nestjs/common';
import { NovitaInstancesModule } from '../novita-instances/novita-instances.module.js';
import { ExplanationController } from './api/explanation.controller.js';

/** Says of an instance what the reconciler would do next, by asking the same planner. Changes nothing. */
@Module({ imports: [NovitaInstancesModule], controllers: [ExplanationController] })
export class ExplanationModule {}
