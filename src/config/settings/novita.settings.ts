import { apiKey, novitaBaseUrl, wholeNumber } from '../kinds.js';
import type { SettingGroup } from '../setting-group.js';

const DAY_SECONDS = 86_400;

export const NOVITA_SETTINGS: SettingGroup = {
  title: 'Novita',
  settings: [
    {
      name: 'NOVITA_API_KEY',
      goesTo: 'novitaApi.apiKey',
      doc: 'The API key of the Novita account that pays for the machines.',
      remedy: 'Make a key at https://novita.ai/settings/key-management, or try Novitai without one: npm run sandbox.',
      secret: true,
      ...apiKey,
    },
    {
      name: 'NOVITA_API_BASE_URL',
      goesTo: 'novitaApi.baseUrl',
      doc: 'The URL of Novita’s API, up to and without /v1.',
      default: 'https://api.novita.ai/gpu-instance/openapi',
      ...novitaBaseUrl,
    },
    {
      name: 'NOVITA_REQUESTS_PER_MINUTE',
      goesTo: 'novitaApi.requestsPerMinute',
      doc: 'The most requests a minute to Novita, from all replicas with the same database and key together. A fifth is reserved for deletes and stops; creates get at most half. A fleet that is too large for this budget is read less often.',
      default: '100',
      ...wholeNumber(1, 1_000_000),
    },
    {
      name: 'NOVITA_TIMEOUT_MS',
      goesTo: 'novitaApi.timeoutMs',
      doc: 'The timeout of a request to Novita, in milliseconds. A create that times out is not repeated; its machine is searched for.',
      default: '30000',
      ...wholeNumber(100, 300_000),
    },
    {
      name: 'CACHE_TIMEOUT',
      goesTo: 'catalogue.cacheSeconds',
      doc: 'How many seconds products, prices, regions and templates are cached.',
      default: '300',
      ...wholeNumber(1, DAY_SECONDS),
    },
  ],
};
