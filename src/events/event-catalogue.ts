/**
 * All types of events. A type decides the shape of the data. The TypeScript types, docs/events.md and the union in the OpenAPI document
 * are derived from this list. A type never changes its meaning and is never removed, since the log keeps old events.
 */
import type { Static, TObject } from 'typebox';
import * as data from './event-data.js';

export const SUBJECT_KINDS = ['instance', 'fleet', 'key', 'project', 'webhook'] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];

export interface EventDefinition {
  subject: SubjectKind;
  /** False: `GET /api/events` shows the event only with the scope `operations:read`. */
  isShownToCallers: boolean;
  description: string;
  data: TObject;
}

const instance = <T extends TObject>(shape: T, description: string) =>
  ({ subject: 'instance', isShownToCallers: true, description, data: shape }) as const;
const fleet = <T extends TObject>(shape: T, description: string) =>
  ({ subject: 'fleet', isShownToCallers: true, description, data: shape }) as const;
const key = <T extends TObject>(shape: T, description: string) =>
  ({ subject: 'key', isShownToCallers: false, description, data: shape }) as const;
const project = <T extends TObject>(shape: T, description: string) =>
  ({ subject: 'project', isShownToCallers: false, description, data: shape }) as const;
const webhook = <T extends TObject>(shape: T, description: string) =>
  ({ subject: 'webhook', isShownToCallers: false, description, data: shape }) as const;

export const EVENTS = {
  'instance.created': instance(data.CREATED, 'A caller asked for the instance.'),
  'instance.start_requested': instance(data.REQUESTED, 'A caller asked for the instance to run.'),
  'instance.stop_requested': instance(data.REQUESTED, 'A caller asked for the instance to be stopped.'),
  'instance.restart_requested': instance(data.REQUESTED, 'A caller asked for a restart.'),
  'instance.replace_requested': instance(data.REQUESTED, 'A caller asked for another machine.'),
  'instance.update_requested': instance(data.UPDATE_REQUESTED, 'A caller changed what is asked for.'),
  'instance.delete_requested': instance(data.REQUESTED, 'A caller asked for the instance to be deleted.'),
  'instance.recovered': instance(
    data.RECOVERED,
    'An operator adopted or deleted a machine that the database did not know. The instance was made for it.',
  ),
  'instance.failed': instance(data.FAILED, 'The instance failed. It rests until a caller acts.'),
  'instance.overdue': instance(
    data.OVERDUE,
    'A create or a delete takes far too long. An operator should look at Novita.',
  ),
  'update.applied': instance(data.UPDATE_APPLIED, 'The machine of the instance is as an update asks for.'),
  'update.failed': instance(
    data.UPDATE_FAILED,
    'An update has failed. What it asked for is withdrawn: the instance is what it was before.',
  ),
  'replacement.begun': instance(
    data.REPLACEMENT_BEGUN,
    'Another machine is bought, and takes over when it is ready. No caller asked for this.',
  ),
  'replacement.delayed': instance(
    data.REPLACEMENT_DELAYED,
    'The machine has failed and is to be replaced, and has to wait for that.',
  ),
  'replacement.cut_over': instance(
    data.CUT_OVER,
    'The new machine has taken over, and its address is the address of the instance now. The old machine is deleted after a while.',
  ),
  'replacement.failed': instance(
    data.REPLACEMENT_FAILED,
    'The machine was not replaced. The instance stays on its machine, and the new machine, if there is one, is deleted.',
  ),
  'replacement.finished': instance(data.REPLACED, 'The machine was replaced. The old machine is being deleted.'),
  'instance.flapping': instance(
    data.FLAPPING,
    'The workload changes between ready and unready again and again. From now on it is ready only after it has answered for a while.',
  ),
  'instance.steady': instance(data.STEADY, 'The workload does not change between ready and unready any more.'),
  'status.changed': instance(data.STATUS, 'The status of the instance changed.'),

  'placement.sent': instance(data.SENT, 'A create request is about to be sent to Novita.'),
  'placement.accepted': instance(
    data.PLACED,
    'Novita accepted the create request. The machine is billed from `pulling` on.',
  ),
  'placement.adopted': instance(
    data.PLACED,
    'The machine of a create request was found, and belongs to the instance now.',
  ),
  'placement.rejected': instance(data.REJECTED, 'Novita refused the create request. Nothing was bought.'),
  'placement.not_sent': instance(data.NOT_SENT, 'The create request never reached Novita. Nothing was bought.'),
  'placement.ambiguous': instance(
    data.AMBIGUOUS,
    'It is unknown whether the create request made a machine. The machine is searched for, and nothing else is bought.',
  ),
  'placement.absent': instance(data.ABSENT, 'It is proved that the create request made no machine.'),
  'placement.declared_absent': instance(
    data.DECLARED_ABSENT,
    'An operator declared that the create request made no machine.',
  ),
  'placement.no_capacity': instance(data.NO_CAPACITY, 'No matching offer could be bought. They are tried again later.'),
  'placement.offered': instance(
    data.OFFERED,
    'An offer is free, and is handed to the instance, which waits for capacity. It is bought next.',
  ),

  'machine.found': instance(data.PLACED, 'A lost machine reappeared, and belongs to the instance again.'),
  'machine.adopted': instance(data.ATTEMPT_OF_MACHINE, 'An operator bound the machine to the instance.'),
  'machine.above_price_cap': instance(data.ABOVE_CAP, "The machine of the instance costs more than the caller's cap."),
  'machine.condemned': instance(data.ATTEMPT_OF_MACHINE, 'It was decided to delete the machine.'),
  'machine.gone': instance(data.MACHINE, 'It is proved that the machine is gone. It is no longer billed.'),
  'machine.declared_gone': instance(data.DECLARED_GONE, 'An operator declared that the machine is gone.'),
  'machine.reclaim_noticed': instance(
    data.RECLAIM_NOTICED,
    'Novita has announced that it takes the spot machine back. Its data is lost then.',
  ),
  'machine.reclaim_called_off': instance(
    data.MACHINE,
    'Novita keeps the spot machine with the instance after all. A new machine that has not taken over yet is deleted.',
  ),
  'machine.reclaimed': instance(
    data.RECLAIMED,
    'Novita has taken the spot machine back. It is no longer billed, and its data is lost.',
  ),
  'machine.failed': instance(
    data.MACHINE_FAILED,
    'The machine has failed, and is replaced, as the request says. What is on its disk is lost when the new machine is ready.',
  ),
  'machine.runs_again': instance(
    data.MACHINE,
    'A machine that had failed runs again, and is not replaced. A new machine that has not taken over yet is deleted.',
  ),
  'machine.restarted': instance(data.RESTARTED, 'The machine has restarted.'),
  'machine.restart_unknown': instance(
    data.RESTARTED,
    'Whether the machine restarted could not be observed. The wait for it is over.',
  ),

  'machine.start_acknowledged': instance(data.MACHINE, 'Novita accepted the request to start the machine.'),
  'machine.start_rejected': instance(
    data.ACTION_REJECTED,
    'Novita refused to start the machine. The request is repeated.',
  ),
  'machine.start_ambiguous': instance(
    data.ACTION_UNDONE,
    'It is unknown whether the start was accepted. The request is repeated.',
  ),
  'machine.start_not_sent': instance(
    data.ACTION_UNDONE,
    'The request to start the machine was not sent: Novita was not reached, or the machine costs too much now.',
  ),
  'machine.start_not_found': instance(data.MACHINE, 'Novita knows no such machine to start.'),
  'machine.stop_acknowledged': instance(data.MACHINE, 'Novita accepted the request to stop the machine.'),
  'machine.stop_rejected': instance(
    data.ACTION_REJECTED,
    'Novita refused to stop the machine. The request is repeated.',
  ),
  'machine.stop_ambiguous': instance(
    data.ACTION_UNDONE,
    'It is unknown whether the stop was accepted. The request is repeated.',
  ),
  'machine.stop_not_sent': instance(
    data.ACTION_UNDONE,
    'The request to stop the machine did not reach Novita. It is repeated.',
  ),
  'machine.stop_not_found': instance(data.MACHINE, 'Novita knows no such machine to stop.'),
  'machine.restart_acknowledged': instance(data.MACHINE, 'Novita accepted the request to restart the machine.'),
  'machine.restart_rejected': instance(
    data.ACTION_REJECTED,
    'Novita refused to restart the machine. The request is repeated.',
  ),
  'machine.restart_ambiguous': instance(
    data.ACTION_UNDONE,
    'It is unknown whether the restart was accepted. The machine is checked for a new run.',
  ),
  'machine.restart_not_sent': instance(
    data.ACTION_UNDONE,
    'The request to restart the machine did not reach Novita. It is repeated.',
  ),
  'machine.restart_not_found': instance(data.MACHINE, 'Novita knows no such machine to restart.'),
  'machine.migrate_acknowledged': instance(
    data.MACHINE,
    'Novita accepted the request to move the machine to another node.',
  ),
  'machine.migrate_rejected': instance(
    data.ACTION_REJECTED,
    'Novita refused to move the machine. The request is repeated.',
  ),
  'machine.migrate_ambiguous': instance(
    data.ACTION_UNDONE,
    'It is unknown whether the move was accepted. The machine is looked at before the request is repeated.',
  ),
  'machine.migrate_not_sent': instance(
    data.ACTION_UNDONE,
    'The request to move the machine did not reach Novita. It is repeated.',
  ),
  'machine.migrate_not_found': instance(data.MACHINE, 'Novita knows no such machine to move.'),
  'machine.edit_acknowledged': instance(
    data.MACHINE,
    'Novita accepted the request to change the ports or the disk of the machine.',
  ),
  'machine.edit_rejected': instance(
    data.ACTION_REJECTED,
    'Novita refused to change the ports or the disk of the machine.',
  ),
  'machine.edit_ambiguous': instance(
    data.ACTION_UNDONE,
    'It is unknown whether the request to change the ports or the disk of the machine was accepted. The machine is read before anything is repeated.',
  ),
  'machine.edit_not_sent': instance(
    data.ACTION_UNDONE,
    'The request to change the ports or the disk of the machine did not reach Novita. It is repeated.',
  ),
  'machine.edit_not_found': instance(data.MACHINE, 'Novita does not know the machine that is to be changed.'),
  'machine.upgrade_acknowledged': instance(
    data.MACHINE,
    'Novita accepted the request to make the container of the machine anew.',
  ),
  'machine.upgrade_rejected': instance(
    data.ACTION_REJECTED,
    'Novita refused to make the container of the machine anew.',
  ),
  'machine.upgrade_ambiguous': instance(
    data.ACTION_UNDONE,
    'It is unknown whether the request to make the container of the machine anew was accepted. The machine is read before anything is repeated.',
  ),
  'machine.upgrade_not_sent': instance(
    data.ACTION_UNDONE,
    'The request to make the container of the machine anew did not reach Novita. It is repeated.',
  ),
  'machine.upgrade_not_found': instance(data.MACHINE, 'Novita does not know the machine that is to be changed.'),
  'machine.delete_acknowledged': instance(
    data.DELETE,
    'Novita accepted the delete. The machine is billed until it is gone.',
  ),
  'machine.delete_rejected': instance(
    data.DELETE_REJECTED,
    'Novita refused the delete. It is repeated until the machine is gone.',
  ),
  'machine.delete_ambiguous': instance(
    data.DELETE_UNDONE,
    'It is unknown whether the delete was accepted. It is repeated.',
  ),
  'machine.delete_not_sent': instance(data.DELETE_UNDONE, 'The delete did not reach Novita. It is repeated.'),
  'machine.delete_not_found': instance(data.DELETE, 'Novita knows no such machine to delete.'),
  'machine.delete_not_ours': instance(
    data.DELETE,
    'The machine no longer carries the tag of the instance, and is left alone.',
  ),
  'machine.delete_unavailable': instance(
    data.DELETE_UNDONE,
    'The machine could not be read before its delete. The delete is tried again.',
  ),

  'operator.disproved': instance(data.DISPROVED, 'A machine was seen that an operator had declared absent or gone.'),
  'reconcile.failing': instance(data.TROUBLE, 'Reconciling the instance fails repeatedly. It is tried again.'),
  'reconcile.recovered': instance(data.TROUBLE, 'Reconciling the instance works again.'),

  'fleet.frozen': fleet(data.FROZEN, 'Novitai stopped buying and deleting by its own judgement.'),
  'fleet.resumed': fleet(data.RESUMED, 'The freeze is over, by an operator or by itself.'),

  'key.created': key(data.KEY_CREATED, 'An API key was made.'),
  'key.rotated': key(data.KEY_ROTATED, 'The API key has a new secret.'),
  'key.revoked': key(data.KEY, 'The API key was revoked. It is refused from now on.'),

  'project.created': project(data.PROJECT, 'A project was made.'),
  'project.updated': project(data.PROJECT, 'The name or the limits of the project changed.'),

  'webhook.created': webhook(data.WEBHOOK, 'A webhook endpoint was made.'),
  'webhook.updated': webhook(data.WEBHOOK_UPDATED, 'Settings of the webhook endpoint were changed.'),
  'webhook.secret_rotated': webhook(data.WEBHOOK_ROTATED, 'The webhook endpoint has a new signing secret.'),
  'webhook.disabled': webhook(
    data.WEBHOOK_DISABLED,
    'The webhook endpoint was disabled. It gets no events, and its waiting deliveries were cancelled.',
  ),
  'webhook.deleted': webhook(data.WEBHOOK, 'The webhook endpoint was deleted, with its deliveries.'),
  'webhook.attempts_exhausted': webhook(
    data.WEBHOOK_EXHAUSTED,
    'An event could not be delivered: all attempts are used up. It can be delivered again by `redeliver` or `replay`.',
  ),
} as const satisfies Record<string, EventDefinition>;

export type EventType = keyof typeof EVENTS;
export const EVENT_TYPES = Object.keys(EVENTS) as EventType[];

/** The types that {@link EventDefinition.isShownToCallers} hides. */
export const HIDDEN_TYPES: readonly EventType[] = EVENT_TYPES.filter(
  (type) => !(EVENTS[type] as EventDefinition).isShownToCallers,
);

type TypeAbout<K extends SubjectKind> = {
  [T in EventType]: (typeof EVENTS)[T]['subject'] extends K ? T : never;
}[EventType];

/** An event about a subject of kind `K`, not yet appended. Its number is assigned when it is written. */
export type EventDraft<K extends SubjectKind = 'instance'> = {
  [T in TypeAbout<K>]: { type: T; data: Static<(typeof EVENTS)[T]['data']> };
}[TypeAbout<K>];
