import { wholeNumber } from '../kinds.js';
import type { SettingGroup } from '../setting-group.js';

const TEN_YEARS_DAYS = 3_650;

export const RETENTION_SETTINGS: SettingGroup = {
  title: 'Retention',
  settings: [
    {
      name: 'RETENTION_EVENTS_DAYS',
      goesTo: 'retention.eventsDays',
      doc: 'How many days events are kept. 0 keeps them for ever. Later readers miss the oldest events; the numbers of the others do not change.',
      default: '90',
      ...wholeNumber(0, TEN_YEARS_DAYS),
    },
    {
      name: 'RETENTION_IDEMPOTENCY_KEYS_HOURS',
      goesTo: 'retention.idempotencyKeysHours',
      doc: 'How many hours an Idempotency-Key is remembered. A create that is repeated after that makes, and pays for, another instance.',
      default: '168',
      ...wholeNumber(24, 24 * TEN_YEARS_DAYS),
    },
    {
      name: 'RETENTION_ATTEMPTS_DAYS',
      goesTo: 'retention.attemptsDays',
      doc: 'How many days attempts that made no machine are kept. 0 keeps them for ever. The last 20 of each instance, and attempts that may have made a machine, are kept as long as their instance.',
      default: '30',
      ...wholeNumber(0, TEN_YEARS_DAYS),
    },
    {
      name: 'RETENTION_DELETED_INSTANCES_DAYS',
      goesTo: 'retention.deletedInstancesDays',
      doc: 'How many days a deleted instance is kept, with its machines and attempts. 0 keeps it for ever. A machine of it that appears later is unknown, and an operator must decide about it.',
      default: '90',
      ...wholeNumber(0, TEN_YEARS_DAYS),
    },
    {
      name: 'RETENTION_WEBHOOK_DELIVERIES_DAYS',
      goesTo: 'retention.webhookDeliveriesDays',
      doc: 'How many days webhook deliveries are kept, also those that still wait: what waits for a receiver that is away for longer is not sent. A replay sends it while its events are kept.',
      default: '14',
      ...wholeNumber(4, TEN_YEARS_DAYS),
    },
  ],
};
