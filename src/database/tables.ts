import type { ColumnType, Generated } from 'kysely';
import type { AttemptState } from '../vocabulary/attempt-state.js';
import type { DesiredState } from '../vocabulary/desired-state.js';
import type { DeliveryState, WebhookDisabledReason, WebhookSetting } from '../vocabulary/webhook.js';

/** JSON is written as a string (so that arrays and null stay JSON) and read parsed. */
export type Json<T> = ColumnType<T, string, string>;

export interface Tables {
  deployment: DeploymentTable;
  instances: InstancesTable;
  create_attempts: CreateAttemptsTable;
  machines: MachinesTable;
  events: EventsTable;
  idempotency_keys: IdempotencyKeysTable;
  leases: LeasesTable;
  fleet_guard: FleetGuardTable;
  strangers: StrangersTable;
  novita_request_slots: NovitaRequestSlotsTable;
  novita_holds: NovitaHoldsTable;
  write_probes: WriteProbesTable;
  reconcile_troubles: ReconcileTroublesTable;
  clock_records: ClockRecordsTable;
  background_tasks: BackgroundTasksTable;
  api_keys: ApiKeysTable;
  projects: ProjectsTable;
  webhook_endpoints: WebhookEndpointsTable;
  webhook_deliveries: WebhookDeliveriesTable;
  offer_memory: OfferMemoryTable;
  pull_memory: PullMemoryTable;
  plans: PlansTable;
  capacity_looks: CapacityLooksTable;
}

export interface PlansTable {
  id: string;
  project_id: string;
  price_per_hour: number | null;
  created_at: Date;
  expires_at: Date;
}

export interface CapacityLooksTable {
  one: boolean;
  looked_at: Date | null;
  looks: number;
}

export interface OfferMemoryTable {
  product_id: string;
  region_id: string;
  billing_mode: string;
  successes: number;
  refusals: number;
  ready_seconds: number | null;
  ready_weight: number;
  out_of_stock_until: Date | null;
  learned_at: Date;
}

export interface PullMemoryTable {
  image: string;
  region_id: string;
  seconds: number;
  weight: number;
  learned_at: Date;
}

export interface ProjectsTable {
  id: string;
  name: string;
  max_instances: number | null;
  max_price_per_hour: number | null;
  created_at: Date;
  updated_at: Date;
  last_event_seq: number;
}

export interface WebhookEndpointsTable {
  id: string;
  project_id: string | null;
  /** Null: it is no endpoint of one instance. */
  instance_id: string | null;
  url: string;
  description: string;
  event_types: string[];
  labels: Json<Record<string, string>>;
  state: WebhookSetting;
  disabled_reason: WebhookDisabledReason | null;
  sealed_secrets: string;
  previous_secret_until: Date | null;
  position: number;
  last_event_seq: number;
  last_success_at: Date | null;
  last_failure_at: Date | null;
  last_failure: string | null;
  failures_in_row: Generated<number>;
  slow_until: Date | null;
  created_at: Date;
  updated_at: Date;
}

export interface WebhookDeliveriesTable {
  id: string;
  webhook_id: string;
  event_position: number;
  event_type: string;
  event_at: Date;
  subject: string;
  body: string;
  state: DeliveryState;
  attempts: Generated<number>;
  next_attempt_at: Date | null;
  claimed_until: Date | null;
  claim: Generated<number>;
  created_at: Date;
  finished_at: Date | null;
  last_attempt_at: Date | null;
  last_status: number | null;
  last_duration_ms: number | null;
  last_answer: string | null;
  last_answer_cut: Generated<boolean>;
  last_error: string | null;
}

export interface ApiKeysTable {
  id: string;
  name: string;
  scopes: string[];
  secret_hash: Buffer;
  previous_hash: Buffer | null;
  previous_until: Date | null;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
  last_used_at: Date | null;
  last_event_seq: number;
  project_id: string | null;
}

export interface BackgroundTasksTable {
  name: string;
  process: string;
  replica: string | null;
  began_at: Date | null;
  ended_at: Date | null;
  duration_ms: number | null;
  status: Json<unknown> | null;
  error: string | null;
  failures_in_row: Generated<number>;
  succeeded_at: Date | null;
  next_run_at: Date | null;
  activate_requested_at: Date | null;
}

export interface ClockRecordsTable {
  one: Generated<boolean>;
  database_time: Date;
  shared_time: Date;
}

export interface ReconcileTroublesTable {
  instance_id: string;
  tries: number;
  since: Date;
  reference: string;
}

export interface WriteProbesTable {
  filler: string;
}

export interface DeploymentTable {
  one: Generated<boolean>;
  deployment_id: string;
  secret: string | null;
  secret_fingerprint: string;
  created_at: Date;
}

export interface InstancesTable {
  id: string;
  project_id: Generated<string>;
  name: string;
  spec: Json<unknown>;
  sealed_envs: string | null;
  desired: DesiredState;
  generation: number;
  restart_generation: number;
  version: number;
  last_event_seq: number;
  progress: Json<unknown>;
  status: string;
  watch_closely: boolean;
  machine_id: string | null;
  replacement: Json<unknown> | null;
  spec_update: Json<unknown> | null;
  sealed_envs_before: string | null;
  region_id: string | null;
  labels: Json<Record<string, string>>;
  wake_at: Date | null;
  capacity_wait_since: Date | null;
  created_at: Date;
  updated_at: Date;
  deleted_at: Date | null;
}

export interface CreateAttemptsTable {
  instance_id: string;
  number: number;
  tag: string;
  round: number;
  offer: Json<unknown>;
  state: AttemptState;
  reason: string | null;
  message: string | null;
  machine_id: string | null;
  sent_at: Date;
  settle_after: Date;
  decided_at: Date | null;
  clean_passes: Generated<number>;
  last_clean_pass_at: Date | null;
}

export interface MachinesTable {
  machine_id: string;
  instance_id: string;
  attempt_number: number;
  state: string;
  observation: Json<unknown>;
  sealed_access: string | null;
  observed_at: Date;
  changed_at: Date;
  first_seen_at: Date;
  missing_proofs: Generated<number>;
  last_missing_at: Date | null;
  ran_at: Date | null;
  condemned_at: Date | null;
  condemned_by_code: Generated<boolean>;
  release_acknowledged_at: Date | null;
  gone_at: Date | null;
}

export interface EventsTable {
  /** Null: the event is not about an instance. */
  instance_id: string | null;
  seq: number;
  type: string;
  data: Json<unknown>;
  actor: string;
  at: Date;
  position: Generated<number>;
  subject_kind: string;
  subject_id: string;
  request_id: string | null;
  /** Null for an event of an instance: the database sets the project of the instance. */
  project_id: string | null;
}

export interface IdempotencyKeysTable {
  caller: string;
  key: string;
  fingerprint: string;
  request_fingerprint: string | null;
  instance_id: string;
  created_at: Date;
}

export interface FleetGuardTable {
  one: Generated<boolean>;
  epoch: string;
  verified_at: Date | null;
  distrusted_at: Date | null;
  trouble: string | null;
  frozen: Json<unknown> | null;
  creates_paused: Json<unknown> | null;
  resumed_at: Date | null;
  sight: Json<unknown> | null;
  last_event_seq: Generated<number>;
}

export interface StrangersTable {
  machine_id: string;
  name: string;
  instance_id: string | null;
  attempt_number: number | null;
  env_instance_id: string | null;
  env_attempt_number: number | null;
  observation: Json<unknown>;
  make: Json<unknown>;
  first_seen_at: Date;
  last_seen_at: Date;
  ignored: Generated<boolean>;
}

export interface LeasesTable {
  name: string;
  holder: string;
  expires_at: Date;
}

export interface NovitaRequestSlotsTable {
  key_fingerprint: string;
  tier: number;
  number: number;
  free_at: Date;
}

export interface NovitaHoldsTable {
  key_fingerprint: string;
  held_at: Date;
  held_until: Date;
}
