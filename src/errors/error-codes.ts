/** The kind of a refusal. The HTTP edge turns it into a status; no other code knows statuses. */
export type ErrorKind =
  | 'malformed'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'not-acceptable'
  | 'conflict'
  | 'precondition-failed'
  | 'too-large'
  | 'uri-too-long'
  | 'headers-too-large'
  | 'expectation-failed'
  | 'request-too-slow'
  | 'not-so-in-time'
  | 'unsupported-media-type'
  | 'unprocessable'
  | 'too-many-requests'
  | 'internal'
  | 'unavailable'
  | 'timeout';

interface ErrorDefinition {
  kind: ErrorKind;
  /** One line, the same for every occurrence. */
  title: string;
  /** Whether the identical request may succeed later. */
  retryable: boolean;
  /** What a caller should do. */
  remedy: string;
}

/** Every code that the API can answer with. `docs/errors.md` is generated from this table. Codes are never renamed. */
export const ERROR_CODES = {
  VALIDATION_ERROR: {
    kind: 'malformed',
    title: 'The request is not valid',
    retryable: false,
    remedy: 'Correct the fields that `errors` points at.',
  },
  MALFORMED_JSON: {
    kind: 'malformed',
    title: 'The body is not JSON',
    retryable: false,
    remedy: 'Send a body that parses as JSON and is nested at most 32 levels deep.',
  },
  INSTANCE_NOT_FOUND: {
    kind: 'not-found',
    title: 'No such instance',
    retryable: false,
    remedy: 'Check the id or the name; names of deleted instances do not resolve.',
  },
  MACHINE_NOT_FOUND: {
    kind: 'not-found',
    title: 'No such machine',
    retryable: false,
    remedy: 'Check the id in GET /api/machines. A deleted machine is no longer listed.',
  },
  FOREIGN_MACHINE: {
    kind: 'conflict',
    title: 'The machine was not made by this deployment',
    retryable: false,
    remedy: "It carries no tag of this deployment, so Novitai never touches it. Use Novita's console.",
  },
  MACHINE_IN_USE: {
    kind: 'conflict',
    title: 'The machine belongs to an instance',
    retryable: false,
    remedy: 'Act on the instance that `instanceId` names.',
  },
  MACHINE_NOT_ADOPTABLE: {
    kind: 'conflict',
    title: 'The machine cannot be adopted',
    retryable: false,
    remedy:
      'Its instance has another machine, or it is being deleted. Where both machines run, both are billed: terminate one of them.',
  },
  MACHINE_NOT_LEAVING: {
    kind: 'conflict',
    title: 'The machine is not being deleted',
    retryable: false,
    remedy: 'Delete its instance, or send POST /api/machines/{id}/terminate for a machine without an instance.',
  },
  MACHINE_SEEN_LATELY: {
    kind: 'conflict',
    title: 'Novita has shown the machine recently',
    retryable: true,
    remedy:
      'The machine may still be billed, and Novitai goes on deleting it. Confirm again when Novita has not shown it for ten minutes: Retry-After has the seconds.',
  },
  ATTEMPT_NOT_FOUND: {
    kind: 'not-found',
    title: 'No such attempt',
    retryable: false,
    remedy: 'Choose a `number` from `attempts` of the instance.',
  },
  ATTEMPT_NOT_IN_DOUBT: {
    kind: 'conflict',
    title: 'The outcome of the attempt is known',
    retryable: false,
    remedy: 'Only an AMBIGUOUS attempt can be declared absent. Read the instance for the outcome of this one.',
  },
  ATTEMPT_NOT_SETTLED: {
    kind: 'conflict',
    title: 'The attempt may still make a machine',
    retryable: true,
    remedy:
      "Wait for the seconds in Retry-After, look at Novita's console again, and repeat the request if it shows no machine.",
  },
  ATTEMPT_HAS_MACHINE: {
    kind: 'conflict',
    title: 'The attempt made a machine',
    retryable: false,
    remedy: 'See GET /api/machines: the machine is adopted or deleted automatically, or waits for your decision.',
  },
  NOVITA_UNAVAILABLE: {
    kind: 'unavailable',
    title: 'Novita does not answer',
    retryable: true,
    remedy: 'Nothing was changed. Repeat the request later.',
  },
  REGISTRY_AUTH_NOT_FOUND: {
    kind: 'not-found',
    title: 'No such registry credential',
    retryable: false,
    remedy: 'Take an id from GET /api/registry-auths.',
  },
  REGISTRY_AUTH_IN_USE: {
    kind: 'conflict',
    title: 'An instance uses the registry credential',
    retryable: false,
    remedy: 'Delete the instances that use it first.',
  },
  REGISTRY_AUTH_REFUSED: {
    kind: 'unprocessable',
    title: 'Novita refused the registry credential',
    retryable: false,
    remedy: 'Nothing was changed. Correct the request.',
  },
  REGISTRY_AUTH_UNCERTAIN: {
    kind: 'unavailable',
    title: 'Whether the registry credential was changed is not known',
    retryable: false,
    remedy: 'Look at GET /api/registry-auths before you repeat the request.',
  },
  BACKGROUND_TASK_NOT_FOUND: {
    kind: 'not-found',
    title: 'No such background task',
    retryable: false,
    remedy: 'Take a name from GET /api/background-tasks.',
  },
  JOB_NOT_FOUND: {
    kind: 'not-found',
    title: 'No such job',
    retryable: false,
    remedy: 'Finished jobs are kept for a limited time. GET /api/jobs lists those that are kept.',
  },
  HOST_NOT_ALLOWED: {
    kind: 'forbidden',
    title: 'The service does not answer under this name',
    retryable: false,
    remedy: 'Use localhost or 127.0.0.1. To allow another name, add it to ALLOWED_HOSTS.',
  },
  ORIGIN_NOT_ALLOWED: {
    kind: 'forbidden',
    title: 'A page of another origin sent the request',
    retryable: false,
    remedy:
      'A browser may change something only from /docs of this service. Use a program instead. A proxy in front must pass on the Host header unchanged, with its port.',
  },
  API_KEY_REQUIRED: {
    kind: 'unauthenticated',
    title: 'The request has no API key',
    retryable: false,
    remedy:
      'Send `Authorization: Bearer nvt_…`. An operator makes keys with `npm run keys -- create` or POST /api/keys.',
  },
  API_KEY_INVALID: {
    kind: 'unauthenticated',
    title: 'The API key is not valid',
    retryable: false,
    remedy: 'Send a complete key of this service, with nothing before or after it.',
  },
  API_KEY_EXPIRED: {
    kind: 'unauthenticated',
    title: 'The API key has expired',
    retryable: false,
    remedy: 'Use the key that replaced it, or have a new one made.',
  },
  API_KEY_REVOKED: {
    kind: 'unauthenticated',
    title: 'The API key was revoked',
    retryable: false,
    remedy: 'Have a new one made.',
  },
  TOKEN_INVALID: {
    kind: 'unauthenticated',
    title: 'The token is not valid',
    retryable: false,
    remedy: 'Have the identity provider make a token for this service. `reason` says what is wrong with this one.',
  },
  TOKEN_EXPIRED: {
    kind: 'unauthenticated',
    title: 'The token has expired',
    retryable: false,
    remedy: 'Have the identity provider make a new one.',
  },
  IDENTITY_PROVIDER_UNAVAILABLE: {
    kind: 'unavailable',
    title: 'The identity provider does not answer',
    retryable: true,
    remedy:
      'The token was not judged. Wait for the seconds in Retry-After, then repeat the request. API keys work meanwhile.',
  },
  SCOPE_MISSING: {
    kind: 'forbidden',
    title: 'The API key or token may not do this',
    retryable: false,
    remedy: 'Use a key or a token that has the scope which `detail` names.',
  },
  API_KEY_NOT_FOUND: {
    kind: 'not-found',
    title: 'No such API key',
    retryable: false,
    remedy: 'Take an id from GET /api/keys.',
  },
  PROJECT_NOT_FOUND: {
    kind: 'not-found',
    title: 'No such project',
    retryable: false,
    remedy: 'Check the id or the name in GET /api/projects. A key of a project sees its own only.',
  },
  PROJECT_NAME_TAKEN: {
    kind: 'conflict',
    title: 'A project has this name',
    retryable: false,
    remedy: 'Choose another name.',
  },
  QUOTA_EXCEEDED: {
    kind: 'conflict',
    title: 'A limit is reached',
    retryable: true,
    remedy: 'Delete or stop instances, or ask the operator for a higher limit. `detail` has the numbers.',
  },
  API_KEY_NAME_TAKEN: {
    kind: 'conflict',
    title: 'The name of the API key is in use',
    retryable: false,
    remedy:
      'Choose another name. When the answer to an earlier request was lost, revoke the key that it made: its secret is not shown again.',
  },
  API_KEY_NOT_ROTATABLE: {
    kind: 'conflict',
    title: 'The API key was revoked',
    retryable: false,
    remedy: 'Make a new key.',
  },
  WEBHOOK_NOT_FOUND: {
    kind: 'not-found',
    title: 'No such webhook endpoint',
    retryable: false,
    remedy: 'Take an id from GET /api/webhooks.',
  },
  WEBHOOK_DELIVERY_NOT_FOUND: {
    kind: 'not-found',
    title: 'No such webhook delivery',
    retryable: false,
    remedy: 'Take an id from GET /api/webhooks/{webhook}/deliveries. Old deliveries are deleted.',
  },
  WEBHOOK_URL_TAKEN: {
    kind: 'conflict',
    title: 'A webhook endpoint has this URL',
    retryable: false,
    remedy:
      'Change that endpoint. When the answer to an earlier request was lost, rotate its secret: the secret is not shown again.',
  },
  TOO_MANY_WEBHOOKS: {
    kind: 'conflict',
    title: 'There are as many webhook endpoints as there may be',
    retryable: false,
    remedy: 'Delete an endpoint, or have the operator raise WEBHOOK_MAX_ENDPOINTS.',
  },
  WEBHOOK_DISABLED: {
    kind: 'conflict',
    title: 'The webhook endpoint is disabled',
    retryable: false,
    remedy: 'Enable it: PATCH /api/webhooks/{webhook} with `state: enabled`.',
  },
  NOT_FOUND: {
    kind: 'not-found',
    title: 'No such route',
    retryable: false,
    remedy: 'See /docs for the routes that exist.',
  },
  METHOD_NOT_ALLOWED: {
    kind: 'method-not-allowed',
    title: 'The route does not answer this method',
    retryable: false,
    remedy: 'See /docs for the methods that this route has.',
  },
  PRODUCT_NOT_FOUND: {
    kind: 'unprocessable',
    title: 'No offer fits the request',
    retryable: false,
    remedy: 'Choose a product, region and billing mode from GET /api/offers.',
  },
  PLAN_NOT_FOUND: {
    kind: 'unprocessable',
    title: 'No such plan',
    retryable: false,
    remedy: 'Make a plan in the same project: POST /api/plans. A plan is deleted a day after its end.',
  },
  PLAN_EXPIRED: {
    kind: 'unprocessable',
    title: 'The plan is too old',
    retryable: false,
    remedy: 'Make a new plan with the same body: prices may have changed.',
  },
  PLAN_WITHOUT_OFFER: {
    kind: 'unprocessable',
    title: 'The plan has no price',
    retryable: false,
    remedy: 'Make a new plan when an offer is free, or leave out `planId` and give a cap of your own.',
  },
  PRICE_ABOVE_PLAN: {
    kind: 'conflict',
    title: 'Every offer costs more than was planned',
    retryable: true,
    remedy: 'Make a new plan and look at its price. Nothing was bought. `detail` has both prices.',
  },
  TEMPLATE_NOT_FOUND: {
    kind: 'unprocessable',
    title: 'No such template',
    retryable: false,
    remedy: 'Choose a template from GET /api/templates.',
  },
  VOLUME_NOT_FOUND: {
    kind: 'unprocessable',
    title: 'No such volume',
    retryable: false,
    remedy: 'Choose a volume from GET /api/volumes.',
  },
  NAME_TAKEN: {
    kind: 'conflict',
    title: 'The name is in use',
    retryable: false,
    remedy: 'Names are unique among instances that are not deleted: choose another, or delete the holder first.',
  },
  ACTION_NOT_ALLOWED: {
    kind: 'conflict',
    title: 'The instance cannot do this now',
    retryable: false,
    remedy: 'Choose one of `allowedActions`.',
  },
  FIELD_NOT_CHANGEABLE: {
    kind: 'unprocessable',
    title: 'The field cannot be changed',
    retryable: false,
    remedy: 'Create another instance with what you want, and delete this one when the other is ready.',
  },
  DISK_CANNOT_SHRINK: {
    kind: 'unprocessable',
    title: 'The disk of a machine only grows',
    retryable: false,
    remedy: 'Ask for a larger disk, or send `strategy: replace`: another machine has the smaller disk.',
  },
  UPDATE_UNDER_WAY: {
    kind: 'conflict',
    title: 'Another update of the machine is under way',
    retryable: true,
    remedy:
      'Wait until `update.state` is `applied` or `failed`, then send the request again. What touches no machine can be changed meanwhile.',
  },
  JOB_NOT_RETRYABLE: {
    kind: 'conflict',
    title: 'The job cannot be retried',
    retryable: false,
    remedy: 'Only a failed or dead job can be retried.',
  },
  CONCURRENT_CHANGE: {
    kind: 'conflict',
    title: 'Another request changed the instance at the same time',
    retryable: true,
    remedy: 'Send the request again.',
  },
  PRECONDITION_FAILED: {
    kind: 'precondition-failed',
    title: 'The instance is not at the version that If-Match names',
    retryable: false,
    remedy: 'Read the instance, decide again, and send its current ETag.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    kind: 'unprocessable',
    title: 'The Idempotency-Key was used for another request',
    retryable: false,
    remedy: 'Use a new key for a new request; repeat the identical body to repeat the old one.',
  },
  PAYLOAD_TOO_LARGE: {
    kind: 'too-large',
    title: 'The body is too large',
    retryable: false,
    remedy: 'Send at most 64 KB.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    kind: 'unsupported-media-type',
    title: 'The body has an unsupported content type',
    retryable: false,
    remedy: 'Send application/json, without Content-Encoding.',
  },
  URI_TOO_LONG: {
    kind: 'uri-too-long',
    title: 'The URL is too long',
    retryable: false,
    remedy: 'Send a URL of at most 2,048 characters, with at most 100 in one part of the path.',
  },
  HEADERS_TOO_LARGE: {
    kind: 'headers-too-large',
    title: 'The headers are too large',
    retryable: false,
    remedy: 'Send at most 16 KB of headers.',
  },
  REQUEST_TIMEOUT: {
    kind: 'request-too-slow',
    title: 'The request did not arrive in time',
    retryable: true,
    remedy: 'Send the whole request within 15 seconds.',
  },
  REQUEST_ABORTED: {
    kind: 'malformed',
    title: 'The connection ended before the request did',
    retryable: true,
    remedy: 'Send the whole request, and leave the connection open until it is answered.',
  },
  EXPECTATION_FAILED: {
    kind: 'expectation-failed',
    title: 'The service does not know what the request expects',
    retryable: false,
    remedy: 'Send no Expect header, or `Expect: 100-continue`.',
  },
  WAIT_TIMED_OUT: {
    kind: 'not-so-in-time',
    title: 'What was waited for has not happened in time',
    retryable: true,
    remedy: 'Nothing was changed, and nothing failed. See the instance in `instanceState`, and wait again.',
  },
  INSTANCE_FAILED: {
    kind: 'conflict',
    title: 'The instance has failed',
    retryable: false,
    remedy: 'See `failure` in `instanceState`. The instance rests until you start, stop or delete it.',
  },
  INSTANCE_STOPPED: {
    kind: 'conflict',
    title: 'The instance is not wanted to run',
    retryable: false,
    remedy: 'Start the instance, then wait for it.',
  },
  INSTANCE_DELETED: {
    kind: 'conflict',
    title: 'The instance is deleted, or will be',
    retryable: false,
    remedy: 'A delete cannot be undone. Create another instance.',
  },
  TOO_MANY_OPEN_REQUESTS: {
    kind: 'unavailable',
    title: 'Too many requests wait on this replica',
    retryable: true,
    remedy: 'Wait for the seconds in Retry-After, then repeat the request. Share one stream or wait where you can.',
  },
  RATE_LIMIT_EXCEEDED: {
    kind: 'too-many-requests',
    title: 'Too many requests',
    retryable: true,
    remedy: 'Wait for the seconds in Retry-After, then repeat the request.',
  },
  TOO_MANY_IN_FLIGHT: {
    kind: 'too-many-requests',
    title: 'Too many requests at the same time',
    retryable: true,
    remedy: 'Wait for answers to earlier requests before you send more, or at least for the seconds in Retry-After.',
  },
  SERVICE_UNAVAILABLE: {
    kind: 'unavailable',
    title: 'The service cannot answer now',
    retryable: true,
    remedy:
      'Wait for the seconds in Retry-After, then repeat the request. Repeat a create with the same Idempotency-Key: then it cannot buy twice.',
  },
  CATALOGUE_UNAVAILABLE: {
    kind: 'unavailable',
    title: "Novita's catalogue cannot be read now",
    retryable: true,
    remedy: 'Nothing was bought. Wait for the seconds in Retry-After, then repeat the request.',
  },
  INTERNAL_SERVER_ERROR: {
    kind: 'internal',
    title: 'The service failed',
    retryable: true,
    remedy:
      'Report the requestId to the operator. Repeat a create with the same Idempotency-Key only: then it cannot buy twice.',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof ERROR_CODES;
