import { addressList, signingSecret, wholeNumber, yesOrNo } from '../kinds.js';
import type { SettingGroup } from '../setting-group.js';

export const WEBHOOKS_SETTINGS: SettingGroup = {
  title: 'Webhooks',
  settings: [
    {
      name: 'WEBHOOK_MAX_ENDPOINTS',
      goesTo: 'webhooks.maxEndpoints',
      doc: 'How many webhook endpoints a project may have. Each event is stored once for each endpoint that gets it. Those that belong to instances do not count.',
      default: '10',
      ...wholeNumber(0, 1_000),
    },
    {
      name: 'WEBHOOK_SECRET',
      goesTo: 'webhooks.secret',
      doc: 'Signs what is sent to the webhookUrl of an instance whose create has no webhookSecret. Each instance keeps the secret that it was created with. Without this setting a webhookUrl without a webhookSecret is refused.',
      optional: true,
      secret: true,
      ...signingSecret,
    },
    {
      name: 'WEBHOOK_ALLOW_HTTP',
      goesTo: 'webhooks.allowHttp',
      doc: 'Whether webhook endpoints may have http:// URLs. Every network on the way can then read the events.',
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
