import { capacityWait } from './capacity-wait.js';
import { asAsked } from './as-asked.js';
import { comesToRest } from './comes-to-rest.js';
import { commandOnce } from './command-once.js';
import { deliverySchedule } from './delivery-schedule.js';
import { doneDuties } from './done-duties.js';
import { fewInDoubt } from './few-in-doubt.js';
import { fleetSeen } from './fleet-seen.js';
import { foreignMachine } from './foreign-machine.js';
import { freeze } from './freeze.js';
import { goneMachine } from './gone-machine.js';
import { heldDeadline } from './held-deadline.js';
import { keptCreate } from './kept-create.js';
import { keptDelete } from './kept-delete.js';
import { keptDisk } from './kept-disk.js';
import { keptLimits } from './kept-limits.js';
import { keptHistory } from './kept-history.js';
import { killRate } from './kill-rate.js';
import { fewReplacements } from './few-replacements.js';
import { leftStopped } from './left-stopped.js';
import { oneFailedPull } from './one-failed-pull.js';
import { askedReplacement } from './asked-replacement.js';
import type { Law } from './law.js';
import { loneUpdate } from './lone-update.js';
import { noLeak } from './no-leak.js';
import { oneMachine } from './one-machine.js';
import { orderedDeliveries } from './ordered-deliveries.js';
import { ownProject } from './own-project.js';
import { ownReceiver } from './own-receiver.js';
import { priceCap } from './price-cap.js';
import { rememberedStock } from './remembered-stock.js';
import { spotFirst } from './spot-first.js';
import { quietEndpoint } from './quiet-endpoint.js';
import { recordedCreate } from './recorded-create.js';
import { sameDelivery } from './same-delivery.js';
import { revokedKey } from './revoked-key.js';
import { safeReplacement } from './safe-replacement.js';
import { restartDone } from './restart-done.js';
import { restartOnce } from './restart-once.js';
import { restoredDatabase } from './restored-database.js';
import { toldEvents } from './told-events.js';
import { toldReceivers } from './told-receivers.js';
import { toldTruth } from './told-truth.js';
import { trueAlarm } from './true-alarm.js';
import { trueReclaim } from './true-reclaim.js';
import { outrunReclaim } from './outrun-reclaim.js';
import { oneForSlot } from './one-for-slot.js';
import { wantedCreate } from './wanted-create.js';
import { wantedMachine } from './wanted-machine.js';
import { writtenOff } from './written-off.js';

/**
 * Every law, in the order in which laws are checked and `docs/proofs.md` lists them. A new law needs a file in this folder, its place
 * here, `npx vitest run test/simulation/laws -u` for the document, and a mutant in `mutants.ts` that breaks it.
 */
export const LAWS: readonly Law[] = [
  // machines are bought once, and only when they are wanted
  recordedCreate,
  wantedCreate,
  oneMachine,
  oneForSlot,
  writtenOff,
  fewInDoubt,
  fewReplacements,
  oneFailedPull,
  priceCap,
  rememberedStock,
  spotFirst,
  capacityWait,
  keptLimits,
  // machines are deleted, and only those
  noLeak,
  wantedMachine,
  keptDisk,
  safeReplacement,
  askedReplacement,
  leftStopped,
  outrunReclaim,
  trueReclaim,
  goneMachine,
  foreignMachine,
  killRate,
  // the guard
  freeze,
  restoredDatabase,
  fleetSeen,
  trueAlarm,
  // what callers were told
  revokedKey,
  ownProject,
  keptCreate,
  commandOnce,
  keptDelete,
  restartOnce,
  restartDone,
  loneUpdate,
  asAsked,
  heldDeadline,
  toldTruth,
  toldEvents,
  // what receivers of webhooks were told
  toldReceivers,
  orderedDeliveries,
  sameDelivery,
  ownReceiver,
  deliverySchedule,
  quietEndpoint,
  // the service goes on
  doneDuties,
  comesToRest,
  keptHistory,
];
