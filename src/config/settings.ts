import type { SettingGroup } from './setting-group.js';
import { NOVITA_SETTINGS } from './settings/novita.settings.js';
import { SERVICE_SETTINGS } from './settings/service.settings.js';
import { OIDC_SETTINGS } from './settings/oidc.settings.js';
import { DATABASE_SETTINGS } from './settings/database.settings.js';
import { INSTANCES_SETTINGS } from './settings/instances.settings.js';
import { RETENTION_SETTINGS } from './settings/retention.settings.js';
import { WEBHOOKS_SETTINGS } from './settings/webhooks.settings.js';
import { TRACING_SETTINGS } from './settings/tracing.settings.js';

/** Every variable that the service reads. Each has an effect. */
export const SETTING_GROUPS: readonly SettingGroup[] = [
  NOVITA_SETTINGS,
  SERVICE_SETTINGS,
  OIDC_SETTINGS,
  DATABASE_SETTINGS,
  INSTANCES_SETTINGS,
  WEBHOOKS_SETTINGS,
  RETENTION_SETTINGS,
  TRACING_SETTINGS,
];

export const SETTINGS = SETTING_GROUPS.flatMap((group) => group.settings);
