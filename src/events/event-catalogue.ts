/**
 * Every event there is. The name decides the shape of the data; the TypeScript types, docs/events.md and the API's document come from
 * here. A name never changes its meaning, and none is taken away: the log keeps them all.
 */
import type { Static, TObject } from 'typebox';
import * as data from './event-data.js';

export const SUBJECT_KINDS = ['instance', 'fleet'] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];

export interface EventDefinition {
  subject: SubjectKind;
  /** False: for operators only. `GET /api/events` leaves it out. */
  isShownToCallers: boolean;
  description: string;
  data: TObject;
}

const instance = <T extends TObject>(shape: T, description: string) =>
  ({ subject: 'instance', isShownToCallers: true, description, data: shape }) as const;
const fleet = <T extends TObject>(shape: T, description: string) =>
  ({ subject: 'fleet', isShownToCallers: true, description, data: shape }) as const;

export const EVENTS = {
  'instance.created': instance(data.CREATED, 'A caller asked for the instance.'),
  'instance.start_requested': instance(data.REQUESTED, 'A caller asked for the instance to run.'),
  'instance.stop_requested': instance(data.REQUESTED, 'A caller asked for the instance to be stopped.'),
  'instance.restart_requested': instance(data.REQUESTED, 'A caller asked for a restart.'),
  'instance.delete_requested': instance(data.REQUESTED, 'A caller asked for the instance to be deleted.'),
  'instance.recovered': instance(
    data.RECOVERED,
    'An operator adopted or deleted a machine of which the database knew nothing: the instance was made around it.',
  ),
  'instance.failed': instance(data.FAILED, 'The instance failed. It rests until a caller acts.'),
  'instance.overdue': instance(
    data.OVERDUE,
    'Something takes far longer than it may, and an operator can find out more.',
  ),
  'status.changed': instance(data.STATUS, 'The status of the instance changed.'),

  'placement.sent': instance(data.SENT, 'A create request is about to be sent to Novita.'),
  'placement.accepted': instance(
    data.PLACED,
    'Novita accepted the create request: the machine is made, and billed from `pulling`.',
  ),
  'placement.adopted': instance(
    data.PLACED,
    'The machine of a create request was found, and the instance holds it now.',
  ),
  'placement.rejected': instance(data.REJECTED, 'Novita refused the create request. Nothing was bought.'),
  'placement.not_sent': instance(data.NOT_SENT, 'The create request never reached Novita. Nothing was bought.'),
  'placement.ambiguous': instance(
    data.AMBIGUOUS,
    'It is not known whether the create request made a machine. It is looked for.',
  ),
  'placement.absent': instance(data.ABSENT, 'It is proved that the create request made no machine.'),
  'placement.declared_absent': instance(
    data.DECLARED_ABSENT,
    'An operator said that the create request made no machine.',
  ),
  'placement.no_capacity': instance(data.NO_CAPACITY, 'No fitting offer could be bought. They are tried again later.'),

  'machine.found': instance(data.PLACED, 'A machine that was lost is there again, and the instance holds it.'),
  'machine.adopted': instance(data.ATTEMPT_OF_MACHINE, 'An operator bound the machine to the instance.'),
  'machine.above_price_cap': instance(
    data.ABOVE_CAP,
    'The instance holds a machine that costs more than the caller wanted to pay.',
  ),
  'machine.condemned': instance(data.ATTEMPT_OF_MACHINE, 'It was decided to delete the machine.'),
  'machine.gone': instance(data.MACHINE, 'It is proved that the machine is gone. It is billed no more.'),
  'machine.declared_gone': instance(data.DECLARED_GONE, 'An operator said that the machine is gone.'),
  'machine.restarted': instance(data.RESTARTED, 'The machine was seen to have restarted.'),
  'machine.restart_unknown': instance(
    data.RESTARTED,
    'Whether the machine restarted cannot be seen. The wait for it is over.',
  ),

  'machine.start_acknowledged': instance(data.MACHINE, 'Novita accepted the request to start the machine.'),
  'machine.start_rejected': instance(data.ACTION_REJECTED, 'Novita refused to start the machine. It is asked again.'),
  'machine.start_ambiguous': instance(
    data.ACTION_UNDONE,
    'It is not known whether the start was accepted. It is asked for again.',
  ),
  'machine.start_not_sent': instance(
    data.ACTION_UNDONE,
    'The machine was not asked to start: Novita was not reached, or it costs too much now.',
  ),
  'machine.start_not_found': instance(data.MACHINE, 'Novita knows no such machine to start.'),
  'machine.stop_acknowledged': instance(data.MACHINE, 'Novita accepted the request to stop the machine.'),
  'machine.stop_rejected': instance(data.ACTION_REJECTED, 'Novita refused to stop the machine. It is asked again.'),
  'machine.stop_ambiguous': instance(
    data.ACTION_UNDONE,
    'It is not known whether the stop was accepted. It is asked for again.',
  ),
  'machine.stop_not_sent': instance(
    data.ACTION_UNDONE,
    'The request to stop the machine did not reach Novita. It is sent again.',
  ),
  'machine.stop_not_found': instance(data.MACHINE, 'Novita knows no such machine to stop.'),
  'machine.restart_acknowledged': instance(data.MACHINE, 'Novita accepted the request to restart the machine.'),
  'machine.restart_rejected': instance(
    data.ACTION_REJECTED,
    'Novita refused to restart the machine. It is asked again.',
  ),
  'machine.restart_ambiguous': instance(
    data.ACTION_UNDONE,
    'It is not known whether the restart was accepted. It is looked for.',
  ),
  'machine.restart_not_sent': instance(
    data.ACTION_UNDONE,
    'The request to restart the machine did not reach Novita. It is sent again.',
  ),
  'machine.restart_not_found': instance(data.MACHINE, 'Novita knows no such machine to restart.'),
  'machine.delete_acknowledged': instance(
    data.DELETE,
    'Novita accepted the delete. The machine is billed until it is gone.',
  ),
  'machine.delete_rejected': instance(
    data.DELETE_REJECTED,
    'Novita refused the delete. It is asked again until the machine is gone.',
  ),
  'machine.delete_ambiguous': instance(
    data.DELETE_UNDONE,
    'It is not known whether the delete was accepted. It is sent again.',
  ),
  'machine.delete_not_sent': instance(data.DELETE_UNDONE, 'The delete did not reach Novita. It is sent again.'),
  'machine.delete_not_found': instance(data.DELETE, 'Novita knows no such machine to delete.'),
  'machine.delete_not_ours': instance(
    data.DELETE,
    'The machine carries the tag of the instance no more, and is left alone.',
  ),
  'machine.delete_unavailable': instance(
    data.DELETE_UNDONE,
    'The machine could not be looked at before its delete. It is tried again.',
  ),

  'operator.disproved': instance(data.DISPROVED, 'A machine is there of which an operator had said that it is not.'),
  'reconcile.failing': instance(data.TROUBLE, 'The work on the instance fails again and again. It is tried again.'),
  'reconcile.recovered': instance(data.TROUBLE, 'The work on the instance goes on.'),

  'fleet.frozen': fleet(data.FROZEN, 'Novitai stopped to buy and to delete by its own judgement.'),
  'fleet.resumed': fleet(data.RESUMED, 'The freeze is over, by an operator or by itself.'),
} as const satisfies Record<string, EventDefinition>;

export type EventType = keyof typeof EVENTS;
export const EVENT_TYPES = Object.keys(EVENTS) as EventType[];

/** What {@link EventDefinition.isShownToCallers} withholds. */
export const HIDDEN_TYPES: readonly EventType[] = EVENT_TYPES.filter(
  (type) => !(EVENTS[type] as EventDefinition).isShownToCallers,
);

type TypeAbout<K extends SubjectKind> = {
  [T in EventType]: (typeof EVENTS)[T]['subject'] extends K ? T : never;
}[EventType];

/** A fact about a subject of this kind, to be appended. Its number is given when it is written. */
export type EventDraft<K extends SubjectKind = 'instance'> = {
  [T in TypeAbout<K>]: { type: T; data: Static<(typeof EVENTS)[T]['data']> };
}[TypeAbout<K>];
