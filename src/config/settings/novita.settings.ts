import { apiKey, novitaBaseUrl, wholeNumber } from '../kinds.js';
import type { SettingGroup } from '../setting-group.js';

const DAY_SECONDS = 86_400;

export const NOVITA_SETTINGS: SettingGroup = {
  title: 'Novita',
  settings: [
    {
      name: 'NOVITA_API_KEY',
      goesTo: 'novitaApi.apiKey',
      doc: 'The key of the Novita account that machines are bought with.',
      remedy: 'Make a key at https://novita.ai/settings/key-management, or try Novitai without one: npm run sandbox.',
      secret: true,
      ...apiKey,
    },
    {
      name: 'NOVITA_API_BASE_URL',
      goesTo: 'novitaApi.baseUrl',
      doc: 'Where Novita’s API is: the part before /v1.',
      default: 'https://api.novita.ai/gpu-instance/openapi',
      ...novitaBaseUrl,
    },
    {
      name: 'NOVITA_REQUESTS_PER_MINUTE',
      goesTo: 'novitaApi.requestsPerMinute',
      doc: 'How many requests may be sent to Novita in any minute, by all replicas on one database with one key together. A fifth is kept for deletes and stops, creates take half at most. A larger fleet is looked at less often, never beyond it.',
      default: '100',
      ...wholeNumber(1, 1_000_000),
    },
    {
      name: 'NOVITA_TIMEOUT_MS',
      goesTo: 'novitaApi.timeoutMs',
      doc: 'Milliseconds after which a request to Novita is given up. A create that is given up is not repeated but looked for.',
      default: '30000',
      ...wholeNumber(100, 300_000),
    },
    {
      name: 'CACHE_TIMEOUT',
      goesTo: 'catalogue.cacheSeconds',
      doc: 'Seconds for which products, prices, regions and templates are remembered.',
      default: '300',
      ...wholeNumber(1, DAY_SECONDS),
    },
  ],
};
