import type { EventDraft } from '../../events/event-catalogue.js';
import { shownField } from '../domain/spec-update.js';
import type { SpecUpdate } from '../domain/spec-update-progress.js';

export const updateFailedEvent = (
  { generation, fields }: SpecUpdate,
  { code, message }: NonNullable<SpecUpdate['failure']>,
): EventDraft => ({
  type: 'update.failed',
  data: { generation, fields: fields.map(shownField), code, message },
});
