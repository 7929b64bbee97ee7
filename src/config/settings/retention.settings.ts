import { wholeNumber } from '../kinds.js';
import type { SettingGroup } from '../setting-group.js';

const TEN_YEARS_DAYS = 3_650;

export const RETENTION_SETTINGS: SettingGroup = {
  title: 'What is kept',
  settings: [
    {
      name: 'RETENTION_EVENTS_DAYS',
      goesTo: 'retention.eventsDays',
      doc: 'For how many days events are kept. Whoever reads them later finds that the oldest are missing; their numbers do not change. 0 keeps them for ever.',
      default: '90',
      ...wholeNumber(0, TEN_YEARS_DAYS),
    },
    {
      name: 'RETENTION_IDEMPOTENCY_KEYS_HOURS',
      goesTo: 'retention.idempotencyKeysHours',
      doc: 'For how many hours an Idempotency-Key is remembered. A create that is repeated later makes another instance.',
      default: '168',
      ...wholeNumber(24, 24 * TEN_YEARS_DAYS),
    },
    {
      name: 'RETENTION_ATTEMPTS_DAYS',
      goesTo: 'retention.attemptsDays',
      doc: 'For how many days attempts are kept that made no machine, besides the last 20 of each instance. Attempts that may have made one stay as long as their instance. 0 keeps them for ever.',
      default: '30',
      ...wholeNumber(0, TEN_YEARS_DAYS),
    },
    {
      name: 'RETENTION_DELETED_INSTANCES_DAYS',
      goesTo: 'retention.deletedInstancesDays',
      doc: 'For how many days a deleted instance is kept, with all that is known of it. A machine of it that appears later is an unknown one, which a person decides on. 0 keeps them for ever.',
      default: '90',
      ...wholeNumber(0, TEN_YEARS_DAYS),
    },
  ],
};
