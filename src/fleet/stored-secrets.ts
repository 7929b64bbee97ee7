import { SEALED_MACHINE_COLUMNS } from '../machines/store/machine.row.js';
import { SEALED_INSTANCE_COLUMNS } from '../novita-instances/store/instance.row.js';
import type { SealedColumn } from '../secrets/sealed-columns.js';
import { SEALED_WEBHOOK_COLUMNS } from '../webhooks/domain/signing-secrets.js';

/** Every column with sealed texts, of all rooms. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  ...SEALED_INSTANCE_COLUMNS,
  ...SEALED_MACHINE_COLUMNS,
  ...SEALED_WEBHOOK_COLUMNS,
];
