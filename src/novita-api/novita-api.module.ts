import { HttpModule, HttpService } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { NovitaApiConfig } from '../config/config.js';
import { type Clock, CLOCK } from '../time/clock.js';
import { type Random, RANDOM } from '../time/ids.js';
import { HttpNovitaClient } from './http-novita-client.js';
import { HttpTransport } from './http-transport.js';
import type { OnCall } from './novita-calls.js';
import { NOVITA_CLIENT } from './novita-client.js';

/** DI token for an {@link OnCall} that is told every HTTP request to Novita. May be absent. */
export const NOVITA_ON_CALL = Symbol('NOVITA_ON_CALL');

/** Gives the house its one {@link NOVITA_CLIENT}. Needs NovitaApiConfig, CLOCK and RANDOM from global modules. */
@Module({
  imports: [HttpModule],
  providers: [
    {
      provide: NOVITA_CLIENT,
      inject: [HttpService, NovitaApiConfig, CLOCK, RANDOM, { token: NOVITA_ON_CALL, optional: true }],
      useFactory: (http: HttpService, config: NovitaApiConfig, clock: Clock, random: Random, onCall?: OnCall) =>
        novitaClientFor(http, config, clock, random, onCall),
    },
  ],
  exports: [NOVITA_CLIENT],
})
export class NovitaApiModule {}

/** The client as the service runs it; for programs and tests that have no Nest container. */
export function novitaClientFor(
  http: HttpService,
  config: Readonly<NovitaApiConfig>,
  clock: Clock,
  random: Random,
  onCall?: OnCall,
): HttpNovitaClient {
  const { requestsPerMinute, timeoutMs } = config;
  const transport = new HttpTransport(http, config, clock);
  return new HttpNovitaClient({
    transport,
    clock,
    random,
    requestsPerMinute,
    timeoutMs,
    ...(onCall ? { onCall } : {}),
  });
}
