import { addressList, wholeNumber, yesOrNo } from '../kinds.js';
import type { SettingGroup } from '../setting-group.js';

export const WEBHOOKS_SETTINGS: SettingGroup = {
  title: 'Webhooks',
  settings: [
    {
      name: 'WEBHOOK_MAX_ENDPOINTS',
      goesTo: 'webhooks.maxEndpoints',
      doc: 'How many webhook endpoints there may be. Each event is stored once for each endpoint that gets it.',
      default: '10',
      ...wholeNumber(0, 1_000),
    },
    {
      name: 'WEBHOOK_ALLOW_HTTP',
      goesTo: 'webhooks.allowHttp',
      doc: 'Whether webhook endpoints may have http:// URLs. Whoever is on the way can then read the events.',
      default: 'false',
      ...yesOrNo,
    },
    {
      name: 'WEBHOOK_ALLOW_ADDRESSES',
      goesTo: 'webhooks.allowAddresses',
      doc: 'Private addresses that webhooks may reach. Public addresses are always allowed, all others never.',
      default: '',
      ...addressList,
    },
  ],
};
