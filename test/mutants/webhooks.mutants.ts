import { plantedIn } from './suite-mutant.js';

const AFTER = 'src/webhooks/domain/after-attempt.test.ts';
const ALARM = 'src/webhooks/event-alarm.test.ts';
const ATTEMPT = 'src/webhooks/domain/attempt-result.test.ts';
const DELIVERIES = 'test/integration/webhook-deliveries.test.ts';
const FILTER = 'src/webhooks/domain/matches-filter.test.ts';
const HOOKS = 'test/integration/webhooks-of-instances.test.ts';
const OF_INSTANCE = 'src/webhooks/instance-webhooks.test.ts';
const RANGE = 'src/webhooks/domain/replay-range.test.ts';
const SCHEDULE = 'src/webhooks/domain/delivery-schedule.test.ts';
const SECRETS = 'src/webhooks/domain/signing-secrets.test.ts';
const WEBHOOKS = 'test/e2e/webhooks.test.ts';

export const WEBHOOKS_MUTANTS = plantedIn(
  'src/webhooks',
  ['a redirect is a success', 'domain/after-attempt.ts', 'status <= 299', 'status <= 399', AFTER],
  ['a replica without the lease rings for ever', 'event-alarm.ts', '> FORGOTTEN_AFTER_MS', '> Infinity', ALARM],
  [
    'each run follows the events once more',
    'event-alarm.ts',
    'this.following ??= this',
    'this.following = this',
    ALARM,
  ],
  ['a broken follower is kept', 'event-alarm.ts', 'this.following === following', 'this.following === null', ALARM],
  ['410 is tried again', 'domain/after-attempt.ts', 'outcome.status === GONE', 'outcome.status === -GONE', AFTER],
  [
    'a pause ends with any other answer',
    'domain/attempt-result.ts',
    'before && before > (slowUntil ?? last.at) ? before : slowUntil',
    'slowUntil',
    ATTEMPT,
  ],
  [
    'a receiver asks for a pause that outlasts the schedule',
    'domain/after-attempt.ts',
    'Math.min(Math.max(asked ?? PAUSE_SECONDS, 1), LONGEST_PAUSE_SECONDS)',
    'Math.max(asked ?? PAUSE_SECONDS, 1)',
    AFTER,
  ],
  [
    'attempts come earlier than published',
    'domain/delivery-schedule.ts',
    '{ from: 1, to: 1.1 }',
    '{ from: 0.5, to: 1.1 }',
    SCHEDULE,
  ],
  [
    'an event about no instance passes a filter by labels',
    'domain/matches-filter.ts',
    'labels !== undefined &&',
    'labels === undefined ||',
    FILTER,
  ],
  [
    'the endpoint of an instance gets the events of all',
    'domain/matches-filter.ts',
    'instanceOf(event) === instanceId',
    'instanceOf(event) !== null',
    FILTER,
  ],
  [
    'the webhook of an instance may be signed by nothing',
    'instance-webhooks.ts',
    'if (secret !== undefined || rules.secret !== null) return null;',
    'return null;',
    OF_INSTANCE,
  ],
  [
    'the secret of the service is stronger than that of the caller',
    'instance-webhooks.ts',
    'secret ?? this.rules.secret?.reveal()',
    'this.rules.secret?.reveal() ?? secret',
    OF_INSTANCE,
  ],
  [
    'the private network is told of instances',
    'instance-webhooks.ts',
    'if (fault !== null) return { pointer',
    "if (fault === '') return { pointer",
    OF_INSTANCE,
  ],
  [
    'endpoints of instances are collected for once only',
    'store/webhook-repository.ts',
    ".whereRef('events.position', '>', 'endpoint.position')",
    ".whereRef('events.position', '<', 'endpoint.position')",
    HOOKS,
  ],
  [
    'endpoints of instances count against the limit of a project',
    'store/webhook-repository.ts',
    "          .where('instance_id', 'is', null)\n          .executeTakeFirstOrThrow();",
    '          .executeTakeFirstOrThrow();',
    HOOKS,
  ],
  [
    'a replay ends in the future',
    'domain/replay-range.ts',
    'if (until && until > now)',
    'if (until && until < now)',
    RANGE,
  ],
  [
    'a replay by time leaves out events whose clock was ahead',
    'domain/replay-range.ts',
    'addSeconds(since, -CLOCKS_DIFFER_SECONDS)',
    'addSeconds(since, 0)',
    RANGE,
  ],
  [
    'an old secret signs for ever',
    'domain/signing-secrets.ts',
    '.filter(({ until }) => until > now)',
    '.filter(({ until }) => until > now || true)',
    SECRETS,
  ],
  [
    'a repeated rotation ends the first secret',
    'domain/signing-secrets.ts',
    '[...before.previous, { secret: before.current, until }]',
    '[{ secret: before.current, until }]',
    SECRETS,
  ],
  [
    'the secrets of one endpoint open for another',
    'domain/signing-secrets.ts',
    '`webhook_endpoints|${webhookId}|secrets`',
    '`webhook_endpoints|${webhookId.slice(0, 4)}|secrets`',
    SECRETS,
  ],
  [
    'a later event overtakes the one that waits',
    'store/delivery-statements.ts',
    'CASE WHEN d.id = firsts.id THEN ${now}::timestamptz END',
    '${now}::timestamptz',
    DELIVERIES,
  ],
  [
    'the next event of a subject is never sent',
    'store/delivery-queue.ts',
    'const isNextDue = await arrange(transaction, [delivery], last.at);',
    'const isNextDue = false;',
    DELIVERIES,
  ],
  [
    'the next event of a subject is never sent after a delivery',
    'store/write-delivered.ts',
    'const isNextDue = await arrange(transaction, rows, now);',
    'const isNextDue = false;',
    DELIVERIES,
  ],
  [
    'an endpoint that was changed meanwhile goes on from where it was read',
    'store/delivery-queue.ts',
    'WHERE e.id = collected.id AND e.position = collected.from_position AND',
    'WHERE e.id = collected.id AND',
    DELIVERIES,
  ],
  [
    'more events than one look reads are forgotten',
    'delivery/collect-deliveries.ts',
    'const isMore = events.length === limit;',
    'const isMore = events.length === EVENTS_AT_ONCE;',
    DELIVERIES,
  ],
  [
    'a claim of a killed sender never ends',
    'store/delivery-queue.ts',
    'AND next_attempt_at <= ${now} AND (claimed_until IS NULL OR claimed_until <= ${now})\n          ORDER BY',
    'AND next_attempt_at <= ${now} AND claimed_until IS NULL\n          ORDER BY',
    DELIVERIES,
  ],
  [
    'two senders take the same delivery',
    'store/delivery-queue.ts',
    'WHERE id IN (SELECT id FROM due) AND next_attempt_at <= ${now} AND (claimed_until IS NULL OR claimed_until <= ${now})',
    'WHERE id IN (SELECT id FROM due)',
    DELIVERIES,
  ],
  [
    'a dead receiver takes all places',
    'delivery/webhook-dispatcher.ts',
    'const LIMITS = { total: 100, perWebhook: 4 };',
    'const LIMITS = { total: 100, perWebhook: 100 };',
    DELIVERIES,
  ],
  [
    'an attempt that a stop broke off counts',
    'delivery/webhook-dispatcher.ts',
    'if (signal.aborted && result.last.status === null)',
    'if (signal.aborted && result.last.status === 0)',
    DELIVERIES,
  ],
  [
    'only the newest secret signs while secrets are rotated',
    'delivery/send-delivery.ts',
    "secrets.map((secret) => new Signature(secret).sign(id, timestamp, body)).join(' ')",
    "secrets.slice(0, 1).map((secret) => new Signature(secret).sign(id, timestamp, body)).join(' ')",
    WEBHOOKS,
  ],
);
