import { ACCESS_MUTANTS } from './access.mutants.js';
import { API_MUTANTS } from './api.mutants.js';
import { CATALOGUE_MUTANTS } from './catalogue.mutants.js';
import { CONFIG_MUTANTS } from './config.mutants.js';
import { DATABASE_MUTANTS } from './database.mutants.js';
import { DOMAIN_MUTANTS } from './domain.mutants.js';
import { EVENTS_MUTANTS } from './events.mutants.js';
import { EXPLANATION_MUTANTS } from './explanation.mutants.js';
import { FLEET_MUTANTS } from './fleet.mutants.js';
import { HEALTH_MUTANTS } from './health.mutants.js';
import { HTTP_MUTANTS } from './http.mutants.js';
import { JOBS_MUTANTS } from './jobs.mutants.js';
import { LOGGING_MUTANTS } from './logging.mutants.js';
import { MACHINES_MUTANTS } from './machines.mutants.js';
import { METRICS_MUTANTS } from './metrics.mutants.js';
import { NOVITA_API_MUTANTS } from './novita-api.mutants.js';
import { OUTBOUND_MUTANTS } from './outbound.mutants.js';
import { REDACTION_MUTANTS } from './redaction.mutants.js';
import { PLACEMENT_MUTANTS } from './placement.mutants.js';
import { RETENTION_MUTANTS } from './retention.mutants.js';
import { SCRIPTS_MUTANTS } from './scripts.mutants.js';
import { SECRETS_MUTANTS } from './secrets.mutants.js';
import type { SuiteMutant } from './suite-mutant.js';
import { TIME_MUTANTS } from './time.mutants.js';
import { TIMETABLE_MUTANTS } from './timetable.mutants.js';
import { TRACING_MUTANTS } from './tracing.mutants.js';
import { WEBHOOKS_MUTANTS } from './webhooks.mutants.js';

/** By room: what the simulation does not reach. Its own mutants are in `test/simulation/mutants.ts`. */
export const MUTANTS_BY_ROOM: Readonly<Record<string, readonly SuiteMutant[]>> = {
  access: ACCESS_MUTANTS,
  api: API_MUTANTS,
  catalogue: CATALOGUE_MUTANTS,
  config: CONFIG_MUTANTS,
  database: DATABASE_MUTANTS,
  domain: DOMAIN_MUTANTS,
  events: EVENTS_MUTANTS,
  explanation: EXPLANATION_MUTANTS,
  fleet: FLEET_MUTANTS,
  health: HEALTH_MUTANTS,
  http: HTTP_MUTANTS,
  jobs: JOBS_MUTANTS,
  logging: LOGGING_MUTANTS,
  machines: MACHINES_MUTANTS,
  metrics: METRICS_MUTANTS,
  'novita-api': NOVITA_API_MUTANTS,
  outbound: OUTBOUND_MUTANTS,
  redaction: REDACTION_MUTANTS,
  placement: PLACEMENT_MUTANTS,
  retention: RETENTION_MUTANTS,
  scripts: SCRIPTS_MUTANTS,
  secrets: SECRETS_MUTANTS,
  time: TIME_MUTANTS,
  timetable: TIMETABLE_MUTANTS,
  tracing: TRACING_MUTANTS,
  webhooks: WEBHOOKS_MUTANTS,
};
