/**
 * The shapes of the data of events. The TypeScript type and the JSON Schema both come from a shape; its title is the name of the schema
 * in the OpenAPI document. Only add fields: readers, stored rows and other releases rely on the existing ones.
 */
import Type from 'typebox';

const machineId = Type.String({ description: "Novita's id of the machine.", example: '79485daa470d8d6d' });
const attempt = Type.Integer({ description: 'The number of the create request.', minimum: 0, example: 1 });
const generation = Type.Integer({ description: 'Counts changes of what is wanted.', example: 2 });
const why = Type.String({ description: 'A sentence that says why.', example: 'Novita could not be reached.' });
const surplus = Type.Boolean({
  description: 'Whether the machine is surplus: no part of its instance.',
  example: false,
});
const reason = Type.String({ description: "The reason in Novita's words.", example: 'RESOURCE_NOT_ENOUGH' });
const message = Type.String({ description: 'A sentence that says what happened.', example: 'Nothing fits.' });
const time = (description: string) =>
  Type.String({ description, format: 'date-time', example: '2026-01-01T12:00:00.000Z' });

const money = (description: string) =>
  Type.Object({ amount: Type.String(), currency: Type.Enum(['USD']) }, { title: 'Money', description });

export const CREATED = Type.Object(
  { name: Type.String({ description: 'The name of the instance.', example: 'comfyui-1' }), generation },
  { title: 'InstanceCreatedData', description: 'What was asked for.' },
);

export const REQUESTED = Type.Object(
  { generation },
  { title: 'InstanceRequestedData', description: 'The generation that the request made.' },
);

const updatedFields = Type.Array(Type.String(), {
  description: 'The fields that it changes.',
  example: ['image'],
});

export const UPDATE_REQUESTED = Type.Object(
  {
    generation,
    fields: updatedFields,
    strategy: Type.Union([Type.Enum(['inPlace', 'replace']), Type.Null()], {
      description: 'How the machine gets what is asked for. Null: the machine is not touched.',
      example: 'inPlace',
    }),
  },
  { title: 'InstanceUpdateRequestedData', description: 'What the update changes. Values are not told.' },
);

export const UPDATE_APPLIED = Type.Object(
  { generation, fields: updatedFields },
  { title: 'UpdateAppliedData', description: 'The update, by the generation that it made.' },
);

export const UPDATE_FAILED = Type.Object(
  {
    generation,
    fields: updatedFields,
    code: Type.String({ description: 'The stable code of the failure.', example: 'UPDATE_REJECTED' }),
    message,
  },
  { title: 'UpdateFailedData', description: 'Why the update has failed.' },
);

export const RECOVERED = Type.Object(
  {
    machineId,
    attempt,
    desired: Type.Enum(['running', 'stopped', 'deleted'], {
      type: 'string',
      description: 'What the operator wants the instance to be.',
      example: 'running',
    }),
  },
  { title: 'InstanceRecoveredData', description: 'The machine that the instance was made around.' },
);

export const FAILED = Type.Object(
  { code: Type.String({ description: 'The stable code of the failure.', example: 'NO_OFFER' }), message },
  { title: 'InstanceFailedData', description: 'Why the instance failed.' },
);

export const OVERDUE = Type.Object(
  {
    what: Type.Enum(['create', 'delete', 'surplus-machine'], {
      type: 'string',
      description:
        'What takes too long: a create with an unknown outcome, a delete, or the delete of a surplus machine.',
      example: 'delete',
    }),
    since: time('When it began.'),
    machineIds: Type.Array(Type.String(), {
      description: "Novita's ids of the machines.",
      example: ['79485daa470d8d6d'],
    }),
    tags: Type.Array(Type.String(), {
      description: 'The names at Novita of machines whose ids are unknown.',
      example: ['nvt-0u27ad5f-01m82tkam2sw4x0a8ev1hr6bnx-1-g744k2duwa'],
    }),
  },
  { title: 'InstanceOverdueData', description: 'What takes too long, and what to look for at Novita.' },
);

export const STATUS = Type.Object(
  {
    from: Type.String({ description: 'The status before.', example: 'running' }),
    to: Type.String({ description: 'The status now.', example: 'ready' }),
  },
  { title: 'StatusChangedData', description: 'The status before and now.' },
);

const offer = {
  productId: Type.String({ description: "Novita's id of the product.", example: '4090.16c62g' }),
  productName: Type.String({ description: 'Its name.', example: 'RTX 4090 24GB' }),
  regionId: Type.String({ description: "Novita's id of the region.", example: 'us-ca-6' }),
  regionName: Type.String({ description: 'Its name.', example: 'US-CA-06 (California)' }),
  billingMode: Type.Enum(['onDemand', 'spot'], { type: 'string', description: 'How it is billed.', example: 'spot' }),
  pricePerGpuHour: money('The price of the offer, per GPU and hour.'),
};

export const OFFERED = Type.Object(offer, { title: 'PlacementOfferedData', description: 'The offer that is free.' });

export const SENT = Type.Object(
  { attempt, ...offer },
  { title: 'PlacementSentData', description: 'The create request, and the offer it buys.' },
);

export const PLACED = Type.Object(
  { attempt, machineId },
  { title: 'PlacementData', description: 'The create request, and its machine.' },
);

export const REJECTED = Type.Object(
  { attempt, reason, message },
  { title: 'PlacementRejectedData', description: 'The create request, and why Novita refused it.' },
);

export const NOT_SENT = Type.Object(
  { attempt, why },
  { title: 'PlacementNotSentData', description: 'The create request, and why it never reached Novita.' },
);

export const AMBIGUOUS = Type.Object(
  { attempt, reason, why },
  { title: 'PlacementAmbiguousData', description: 'The create request, and why its outcome is unknown.' },
);

export const ABSENT = Type.Object(
  {
    attempt,
    cleanPasses: Type.Integer({
      description: "How many complete readings of Novita's list did not show the machine.",
      example: 3,
    }),
  },
  { title: 'PlacementAbsentData', description: 'The create request, and what proves that it made no machine.' },
);

export const DECLARED_ABSENT = Type.Object({ attempt }, { title: 'AttemptData', description: 'The create request.' });

export const NO_CAPACITY = Type.Object(
  { round: Type.Integer({ description: 'How often all offers were tried.', example: 1 }), why },
  { title: 'PlacementNoCapacityData', description: 'Why nothing could be bought.' },
);

export const MACHINE = Type.Object({ machineId }, { title: 'MachineData', description: 'The machine.' });

export const ATTEMPT_OF_MACHINE = Type.Object(
  { machineId, attempt },
  { title: 'MachineAttemptData', description: 'The machine, and the create request that made it.' },
);

export const RESTARTED = Type.Object(
  {
    machineId: Type.Union([Type.String(), Type.Null()], {
      description: "Novita's id of the machine; null when the instance holds none any more.",
      example: '79485daa470d8d6d',
    }),
  },
  { title: 'MachineRestartData', description: 'The machine.' },
);

export const ABOVE_CAP = Type.Object(
  {
    machineId,
    pricePerGpuHour: money('The price per GPU and hour.'),
    maxPricePerGpuHour: money("The caller's cap per GPU and hour."),
  },
  { title: 'MachineAbovePriceCapData', description: 'The machine and its price.' },
);

export const DECLARED_GONE = Type.Object(
  {
    machineId,
    lastSeenAt: time('When Novita showed the machine last.'),
    lastSeenAs: Type.String({ description: 'The state that Novita showed then.', example: 'removing' }),
  },
  { title: 'MachineDeclaredGoneData', description: 'The machine, and how it was seen last.' },
);

export const ACTION_REJECTED = Type.Object(
  { machineId, reason, message },
  { title: 'MachineRejectedData', description: 'The machine, and why Novita refused the request.' },
);

export const ACTION_UNDONE = Type.Object(
  { machineId, why },
  { title: 'MachineReasonData', description: 'The machine, and why.' },
);

export const DELETE = Type.Object({ machineId, surplus }, { title: 'MachineDeleteData', description: 'The machine.' });

export const DELETE_REJECTED = Type.Object(
  { machineId, surplus, reason, message },
  { title: 'MachineDeleteRejectedData', description: 'The machine, and why Novita refused the request.' },
);

export const DELETE_UNDONE = Type.Object(
  { machineId, surplus, why },
  { title: 'MachineDeleteReasonData', description: 'The machine, and why.' },
);

export const DISPROVED = Type.Object(
  {
    said: Type.Enum(['absent', 'gone'], {
      type: 'string',
      description: 'What the operator had declared: a create that made no machine, or a machine that is gone.',
      example: 'gone',
    }),
    machineId,
    attempt,
  },
  { title: 'OperatorDisprovedData', description: 'The machine that was seen after all.' },
);

export const TROUBLE = Type.Object(
  {
    tries: Type.Integer({ description: 'How often in a row it failed.', example: 5 }),
    reference: Type.String({
      description: 'The `reference` of the log line that has the error.',
      example: '01M82TKAM2SW4X0A8EV1HR6BNX',
    }),
  },
  { title: 'ReconcileTroubleData', description: 'How often reconciling failed, and where to find the error.' },
);

const freezeReason = Type.String({ description: 'Why the fleet was frozen.', example: 'unknown-machines' });

export const FROZEN = Type.Object(
  {
    why: freezeReason,
    detail: Type.String({ description: 'What was seen, and what the operator should do.', example: 'Decide on each.' }),
  },
  { title: 'FleetFrozenData', description: 'Why the fleet is frozen.' },
);

export const RESUMED = Type.Object(
  { why: freezeReason, frozenAt: time('When it was frozen.') },
  { title: 'FleetResumedData', description: 'The freeze that ended.' },
);

const maybeMachineId = (description: string) =>
  Type.Union([Type.String(), Type.Null()], { description, example: null });

export const CUT_OVER = Type.Object(
  {
    from: maybeMachineId('The old machine. Null: it was gone already.'),
    to: Type.String({ description: 'The new machine.', example: 'b7c1f0d2e3a4' }),
  },
  { title: 'ReplacementCutOverData', description: 'The machine before and after the cut-over.' },
);

export const REPLACEMENT_FAILED = Type.Object(
  {
    code: Type.String({ description: 'The stable code of the failure.', example: 'NO_CAPACITY' }),
    message,
    machineId: maybeMachineId('The new machine. Null: none was bought.'),
  },
  { title: 'ReplacementFailedData', description: 'Why the machine was not replaced.' },
);

export const REPLACED = Type.Object(
  { machineId: maybeMachineId('The old machine. Null: it was gone already.') },
  { title: 'ReplacementFinishedData', description: 'The machine that was replaced.' },
);

export const RECLAIM_NOTICED = Type.Object(
  {
    machineId,
    deadline: time('When Novita takes the machine.'),
    isAssumed: Type.Boolean({
      description: 'Whether Novita has named no deadline: then it is one hour after the notice was first seen.',
      example: false,
    }),
    onReclaim: Type.Enum(['replace', 'wait', 'none'], {
      type: 'string',
      description: 'What is done about it, as the request says.',
      example: 'replace',
    }),
  },
  { title: 'MachineReclaimNoticedData', description: 'The machine, and when Novita takes it.' },
);

export const RECLAIMED = Type.Object(
  {
    machineId,
    noticedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
      description: 'When its notice was first seen. Null: there was none.',
      example: null,
    }),
  },
  { title: 'MachineReclaimedData', description: 'The machine that Novita has taken.' },
);

export const REPLACEMENT_BEGUN = Type.Object(
  {
    reason: Type.Enum(['requested', 'reclaim', 'failure', 'update'], {
      type: 'string',
      description: 'Why.',
      example: 'reclaim',
    }),
    machineId,
  },
  { title: 'ReplacementBegunData', description: 'The machine that is to be replaced, and why.' },
);

export const MACHINE_FAILED = Type.Object(
  {
    machineId,
    code: Type.String({ description: 'The stable code of the failure.', example: 'MACHINE_FAILED' }),
    message,
  },
  { title: 'MachineFailedData', description: 'The machine, and why it has failed.' },
);

export const REPLACEMENT_DELAYED = Type.Object(
  {
    machineId,
    why: Type.Enum(['back-off', 'hourly-cap'], {
      type: 'string',
      description:
        '`back-off`: the machine before it has failed as well. `hourly-cap`: as many machines as allowed were replaced within an hour.',
      example: 'hourly-cap',
    }),
    until: time('When it may be replaced.'),
  },
  { title: 'ReplacementDelayedData', description: 'The machine that has failed, and when it may be replaced.' },
);

const turns = Type.Integer({
  description: 'How often the workload has changed between ready and unready within half an hour.',
  example: 4,
});

export const FLAPPING = Type.Object(
  {
    turns,
    holdSeconds: Type.Number({
      description: 'For how many seconds it must answer without a break until it is ready again.',
      example: 15,
    }),
  },
  { title: 'InstanceFlappingData', description: 'How often it has changed, and what is asked of it now.' },
);

export const STEADY = Type.Object({ turns }, { title: 'InstanceSteadyData', description: 'How often it has changed.' });

const keyName = Type.String({ description: 'The name of the API key.', example: 'ci' });

export const KEY = Type.Object({ name: keyName }, { title: 'KeyData', description: 'The API key.' });

export const KEY_CREATED = Type.Object(
  {
    name: keyName,
    scopes: Type.Array(Type.String(), { description: 'What the key may do.', example: ['instances:read'] }),
  },
  { title: 'KeyCreatedData', description: 'The API key, and what it may do.' },
);

export const KEY_ROTATED = Type.Object(
  { name: keyName, previousValidUntil: time('How long the secret before this one works.') },
  { title: 'KeyRotatedData', description: 'The API key, and how long its old secret works.' },
);

export const PROJECT = Type.Object(
  {
    name: Type.String({ description: 'The name of the project.', example: 'vision' }),
    maxInstances: Type.Union([Type.Integer(), Type.Null()], {
      description: 'The most instances that it may have. Null: no limit.',
      example: 10,
    }),
    maxDollarsPerHour: Type.Union([Type.String(), Type.Null()], {
      description: 'The most that its machines may cost per hour, in USD. Null: no limit.',
      example: '12.50',
    }),
  },
  { title: 'ProjectData', description: 'The project, and its limits.' },
);

const host = Type.String({ description: 'The host of the URL.', example: 'hooks.example.com' });

export const WEBHOOK = Type.Object(
  { host },
  { title: 'WebhookData', description: 'The webhook endpoint. Its URL is not told, since it may hold a token.' },
);

export const WEBHOOK_UPDATED = Type.Object(
  {
    host,
    changed: Type.Array(Type.String(), { description: 'The names of the changed fields.', example: ['eventTypes'] }),
  },
  { title: 'WebhookUpdatedData', description: 'What was changed.' },
);

export const WEBHOOK_ROTATED = Type.Object(
  { host, previousValidUntil: time('Until when the secret before signs as well.') },
  { title: 'WebhookRotatedData', description: 'When the secret before ends.' },
);

export const WEBHOOK_DISABLED = Type.Object(
  {
    host,
    reason: Type.Enum(['requested', 'gone'], {
      type: 'string',
      description: 'Why: a caller asked for it, or the receiver answered 410.',
      example: 'gone',
    }),
  },
  { title: 'WebhookDisabledData', description: 'Why the endpoint was disabled.' },
);

export const WEBHOOK_EXHAUSTED = Type.Object(
  {
    host,
    deliveryId: Type.String({ description: 'The id of the delivery.', example: 'dlv_01JGFJJZ00N5MQ2YS3B3X8T1RV' }),
    eventType: Type.String({ description: 'The type of the event.', example: 'status.changed' }),
    attempts: Type.Integer({ description: 'How many attempts were made.', minimum: 1, example: 10 }),
    failure: Type.String({ description: 'How the last attempt failed.', example: 'HTTP 500' }),
  },
  { title: 'WebhookExhaustedData', description: 'What could not be delivered.' },
);
