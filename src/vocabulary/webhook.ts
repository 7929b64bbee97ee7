import { namedWords } from './named-words.js';

/** What an endpoint's owner can set. */
export const WEBHOOK_SETTINGS = ['enabled', 'paused', 'disabled'] as const;
export type WebhookSetting = (typeof WEBHOOK_SETTINGS)[number];

export const WEBHOOK_SETTING = namedWords(
  'WebhookSetting',
  WEBHOOK_SETTINGS,
  '`enabled`: events are sent. `paused`: events wait, and are sent when the endpoint is enabled again. `disabled`: events are not kept ' +
    'for the endpoint, and waiting deliveries are cancelled.',
  'enabled',
);

export const WEBHOOK_STATES = [...WEBHOOK_SETTINGS, 'unreadable'] as const;
export type WebhookState = (typeof WEBHOOK_STATES)[number];

export const WEBHOOK_STATE = namedWords(
  'WebhookState',
  WEBHOOK_STATES,
  '`enabled`: events are sent. `paused`: events wait. `disabled`: events are not kept for the endpoint. `unreadable`: the secret of the ' +
    'endpoint cannot be decrypted; events wait until the secret is rotated, or the service has its DEPLOYMENT_SECRET again.',
  'enabled',
);

export const WEBHOOK_DISABLED_REASONS = ['requested', 'gone'] as const;
export type WebhookDisabledReason = (typeof WEBHOOK_DISABLED_REASONS)[number];

export const WEBHOOK_DISABLED_REASON = namedWords(
  'WebhookDisabledReason',
  WEBHOOK_DISABLED_REASONS,
  '`requested`: a caller disabled the endpoint. `gone`: the receiver answered 410.',
);

/** A secret of Standard Webhooks: 24 to 64 bytes in base64. */
export const SIGNING_SECRET =
  /^whsec_((?:[A-Za-z0-9+/]{4}){8,21}(?:[A-Za-z0-9+/]{2}==)?|(?:[A-Za-z0-9+/]{4}){8,20}[A-Za-z0-9+/]{3}=)$/;

export const DELIVERY_STATES = ['waiting', 'delivered', 'failed', 'cancelled'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export const DELIVERY_STATE = namedWords(
  'WebhookDeliveryState',
  DELIVERY_STATES,
  '`waiting`: it has attempts left. `delivered`: the receiver answered 2xx. `failed`: all attempts are used up. `cancelled`: the endpoint ' +
    'was disabled.',
);
