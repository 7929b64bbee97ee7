import type { ErrorCode } from '../errors/error-codes.js';
import type { ProblemBody } from './problem.dto.js';

type Particulars = Partial<
  Pick<ProblemBody, 'detail' | 'instance' | 'reason' | 'errors' | 'allowedActions' | 'instanceId'>
>;

const AN_INSTANCE = '/api/instances/trainer-7';

/** The fields of the documented example of a code. Without an entry, the detail is the title of the code. */
export const PROBLEM_EXAMPLES: Readonly<Partial<Record<ErrorCode, Particulars>>> = {
  VALIDATION_ERROR: {
    detail: 'gpuNum must not be less than 1',
    errors: [{ pointer: '/gpuNum', detail: 'gpuNum must not be less than 1' }],
  },
  MALFORMED_JSON: { detail: 'The body does not parse as JSON.' },
  INSTANCE_NOT_FOUND: { detail: 'There is no instance "trainer-7".', instance: AN_INSTANCE },
  ATTEMPT_NOT_SETTLED: {
    detail: 'Attempt 1 may come true until 2026-01-01T12:05:00.000Z.',
    instance: `${AN_INSTANCE}/attempts/1/absent`,
    instanceId: 'ins_01JDB3Q3ZC4W8W1Q2J6V5K7N9M',
  },
  MACHINE_SEEN_LATELY: {
    detail: 'Novita has shown machine 79485daa470d8d6d as "running" at 2026-01-01T12:00:00.000Z.',
    instance: '/api/machines/79485daa470d8d6d/gone',
    instanceId: 'ins_01JDB3Q3ZC4W8W1Q2J6V5K7N9M',
  },
  HOST_NOT_ALLOWED: {
    detail:
      'The service does not answer under the name in the Host header. The operator can add names to ALLOWED_HOSTS.',
    errors: [{ pointer: '#header/host', detail: 'must be localhost, 127.0.0.1, [::1] or a name in ALLOWED_HOSTS' }],
  },
  API_KEY_REQUIRED: { detail: 'Send an API key in the header Authorization: Bearer nvt_…' },
  API_KEY_INVALID: { detail: 'There is no such API key.' },
  TOKEN_INVALID: { detail: 'The token is for another audience.', reason: 'audience' },
  IDENTITY_PROVIDER_UNAVAILABLE: { detail: 'The keys of the identity provider cannot be read now.' },
  SCOPE_MISSING: { detail: 'The API key lacks the scope instances:write.' },
  API_KEY_NOT_FOUND: {
    detail: 'There is no API key "key_01JGFJJZ00N5MQ2YS3B3X8T1RV".',
    instance: '/api/keys/key_01JGFJJZ00N5MQ2YS3B3X8T1RV',
  },
  PROJECT_NOT_FOUND: { detail: 'There is no project "vision".', instance: '/api/projects/vision' },
  PROJECT_NAME_TAKEN: {
    detail: 'A project has the name "vision".',
    instance: '/api/projects',
    errors: [{ pointer: '/name', detail: 'must be unique among projects' }],
  },
  PLAN_NOT_FOUND: {
    detail: 'The project has no plan "plan_01JGFJJZ00N5MQ2YS3B3X8T1RV".',
    instance: '/api/instances',
    errors: [{ pointer: '/planId', detail: 'must be a plan that can be used' }],
  },
  PLAN_EXPIRED: {
    detail: 'The plan "plan_01JGFJJZ00N5MQ2YS3B3X8T1RV" was good until 2026-01-01T12:15:00.000Z.',
    instance: '/api/instances',
    errors: [{ pointer: '/planId', detail: 'must be a plan that can be used' }],
  },
  PLAN_WITHOUT_OFFER: {
    detail: 'The plan "plan_01JGFJJZ00N5MQ2YS3B3X8T1RV" found no offer, so it has no price.',
    instance: '/api/instances',
    errors: [{ pointer: '/planId', detail: 'must be a plan that can be used' }],
  },
  PRICE_ABOVE_PLAN: {
    detail: 'Nothing is bought: the cheapest offer costs 0.40 USD per hour now, and the plan said 0.35 USD per hour.',
    instance: '/api/instances',
  },
  FIELD_NOT_CHANGEABLE: {
    detail: 'gpuNum cannot be changed.',
    instance: AN_INSTANCE,
    errors: [{ pointer: '/gpuNum', detail: 'cannot be changed: create another instance' }],
  },
  DISK_CANNOT_SHRINK: {
    detail: 'The disk has 100 GB and cannot have 60.',
    instance: AN_INSTANCE,
    errors: [{ pointer: '/rootfsSize', detail: 'must be 100 or more: the disk of a machine only grows' }],
  },
  UPDATE_UNDER_WAY: {
    detail: 'The update of image, generation 3, is under way at Novita.',
    instance: AN_INSTANCE,
    instanceId: 'ins_01JDB3Q3ZC4W8W1Q2J6V5K7N9M',
  },
  QUOTA_EXCEEDED: {
    detail: 'The project may have 10 instances and has 10.',
    instance: '/api/instances',
  },
  WEBHOOK_NOT_FOUND: {
    detail: 'There is no webhook endpoint "whk_01JGFJJZ00N5MQ2YS3B3X8T1RV".',
    instance: '/api/webhooks/whk_01JGFJJZ00N5MQ2YS3B3X8T1RV',
  },
  WEBHOOK_DELIVERY_NOT_FOUND: {
    detail: 'There is no delivery "dlv_01JGFJJZ00N5MQ2YS3B3X8T1RV" of this endpoint.',
    instance: '/api/webhooks/whk_01JGFJJZ00N5MQ2YS3B3X8T1RV/deliveries/dlv_01JGFJJZ00N5MQ2YS3B3X8T1RV/redeliver',
  },
  WEBHOOK_URL_TAKEN: { detail: 'A webhook endpoint has this URL.', instance: '/api/webhooks' },
  TOO_MANY_WEBHOOKS: { detail: 'There are 10 webhook endpoints, and there may be 10.', instance: '/api/webhooks' },
  WEBHOOK_DISABLED: {
    detail: 'The endpoint is disabled, so nothing is sent to it.',
    instance: '/api/webhooks/whk_01JGFJJZ00N5MQ2YS3B3X8T1RV/test',
  },
  API_KEY_NAME_TAKEN: { detail: 'An API key has the name "ci".', instance: '/api/keys' },
  API_KEY_NOT_ROTATABLE: {
    detail: 'A revoked key stays revoked.',
    instance: '/api/keys/key_01JGFJJZ00N5MQ2YS3B3X8T1RV/rotate',
  },
  ORIGIN_NOT_ALLOWED: { detail: 'A browser sent this from a page of another origin.' },
  BACKGROUND_TASK_NOT_FOUND: {
    detail: 'There is no background task due-instance.',
    instance: '/api/background-tasks/due-instance',
  },
  JOB_NOT_FOUND: { detail: 'There is no such job.', instance: '/api/jobs/0197b0de-5b0e-7c3f-9a51-3f5f6c1c8a11' },
  JOB_NOT_RETRYABLE: {
    detail: 'The job is running.',
    instance: '/api/jobs/0197b0de-5b0e-7c3f-9a51-3f5f6c1c8a11/retry',
  },
  REGISTRY_AUTH_NOT_FOUND: {
    detail: 'Novita has no registry credential "1203".',
    instance: '/api/registry-auths/1203',
  },
  REGISTRY_AUTH_IN_USE: {
    detail: 'An instance of the Novita account uses the registry credential "1203".',
    instance: '/api/registry-auths/1203',
  },
  REGISTRY_AUTH_REFUSED: {
    detail: 'Novita refused the registry credential: VALIDATOR_PARAM.',
    instance: '/api/registry-auths',
  },
  REGISTRY_AUTH_UNCERTAIN: {
    detail: 'Novita did not answer clearly, so the registry credential may be stored or not.',
    instance: '/api/registry-auths',
  },
  NAME_TAKEN: {
    detail: 'The name "trainer-7" belongs to another instance.',
    errors: [{ pointer: '/name', detail: 'is in use' }],
    instanceId: 'ins_01JDB3Q3ZC4W8W1Q2J6V5K7N9M',
  },
  ACTION_NOT_ALLOWED: {
    detail: 'The instance is being deleted.',
    instance: `${AN_INSTANCE}/start`,
    allowedActions: ['delete'],
    instanceId: 'ins_01JDB3Q3ZC4W8W1Q2J6V5K7N9M',
  },
  PRECONDITION_FAILED: { detail: 'The current version is "7".', instance: AN_INSTANCE },
  PAYLOAD_TOO_LARGE: { detail: 'The body is larger than 64 KB.' },
  UNSUPPORTED_MEDIA_TYPE: { detail: 'Send application/json.' },
  WAIT_TIMED_OUT: { detail: 'After 30 s instance "trainer-7" is pulling, not ready.', instance: `${AN_INSTANCE}/wait` },
  INSTANCE_FAILED: { detail: 'Instance "trainer-7" has failed.', instance: `${AN_INSTANCE}/wait` },
  INSTANCE_STOPPED: { detail: 'Instance "trainer-7" is wanted stopped.', instance: `${AN_INSTANCE}/wait` },
  INSTANCE_DELETED: { detail: 'Instance "trainer-7" is wanted deleted.', instance: `${AN_INSTANCE}/wait` },
  TOO_MANY_OPEN_REQUESTS: {
    detail: 'This replica serves at most 1000 event streams at once.',
    instance: '/api/events/stream',
  },
  RATE_LIMIT_EXCEEDED: { detail: 'Wait 12 seconds.' },
  TOO_MANY_IN_FLIGHT: { detail: '200 requests of this client are being served.' },
  INTERNAL_SERVER_ERROR: { detail: 'The service failed. Its log has the details under this requestId.' },
};
