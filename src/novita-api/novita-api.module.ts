import { HttpModule, HttpService } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { NovitaApiConfig } from '../config/config.js';
import { DATABASE } from '../database/database.module.js';
import type { Database } from '../database/pool.js';
import { type Clock, CLOCK } from '../time/clock.js';
import { type Random, RANDOM } from '../time/ids.js';
import { CallRecord } from './call-record.js';
import { HttpNovitaClient } from './http-novita-client.js';
import { HttpTransport } from './http-transport.js';
import { LocalRequestBudget } from './local-request-budget.js';
import {
  countCalls,
  NOVITA_CIRCUIT_GAUGE,
  NOVITA_REQUEST_COUNTER,
  novitaApiMetricProviders,
  type NovitaCircuitGauge,
  type NovitaRequestCounter,
  showCircuits,
} from './novita-api.metrics.js';
import { traceCalls } from './novita-api.spans.js';
import type { OnCall, OnCircuit } from './novita-calls.js';
import { NOVITA_CLIENT } from './novita-client.js';
import type { RequestBudget } from './request-budget.js';
import { fingerprintOf, SharedRequestBudget } from './shared-request-budget.js';

/** DI token for the budget and the listeners of the client. */
const NOVITA_CLIENT_OPTIONS = Symbol('NOVITA_CLIENT_OPTIONS');

/** Provides the {@link NOVITA_CLIENT}. Needs NovitaApiConfig, DATABASE, CLOCK and RANDOM from global modules. */
@Module({
  imports: [HttpModule],
  providers: [
    ...novitaApiMetricProviders,
    { provide: CallRecord, inject: [CLOCK], useFactory: (clock: Clock) => new CallRecord(clock) },
    {
      provide: NOVITA_CLIENT_OPTIONS,
      inject: [DATABASE, NovitaApiConfig, NOVITA_REQUEST_COUNTER, NOVITA_CIRCUIT_GAUGE, CallRecord],
      useFactory: (
        database: Database,
        { apiKey, baseUrl, requestsPerMinute }: NovitaApiConfig,
        requests: NovitaRequestCounter,
        circuits: NovitaCircuitGauge,
        record: CallRecord,
      ): Required<NovitaClientOptions> => ({
        budget: new SharedRequestBudget(database, fingerprintOf(apiKey), requestsPerMinute),
        onCall: toAll(countCalls(requests), traceCalls(baseUrl), record.onCall),
        onCircuit: showCircuits(circuits),
      }),
    },
    {
      provide: NOVITA_CLIENT,
      inject: [HttpService, NovitaApiConfig, CLOCK, RANDOM, NOVITA_CLIENT_OPTIONS],
      useFactory: (
        http: HttpService,
        config: NovitaApiConfig,
        clock: Clock,
        random: Random,
        sides: NovitaClientOptions,
      ) => novitaClientFor(http, config, clock, random, sides),
    },
  ],
  exports: [NOVITA_CLIENT, CallRecord],
})
export class NovitaApiModule {}

interface NovitaClientOptions {
  /** Without a shared budget the client counts only its own requests. */
  budget?: RequestBudget;
  onCall?: OnCall;
  onCircuit?: OnCircuit;
}

/** The client as the service runs it, for programs and tests without a Nest container. */
export function novitaClientFor(
  http: HttpService,
  config: Readonly<NovitaApiConfig>,
  clock: Clock,
  random: Random,
  sides: NovitaClientOptions = {},
): HttpNovitaClient {
  const transport = new HttpTransport(http, config, clock);
  const budget = sides.budget ?? new LocalRequestBudget(clock, config.requestsPerMinute);
  return new HttpNovitaClient({ transport, clock, random, timeoutMs: config.timeoutMs, ...sides, budget });
}

const toAll =
  (...listeners: OnCall[]): OnCall =>
  (call) => {
    for (const listener of listeners) listener(call);
  };
