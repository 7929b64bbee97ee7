/** An event's id for callers: its position among all events. Ids sort like the events, and no id is given out twice. */
const EVENT_ID = /^evt_\d{16}$/;
const DIGITS = 16;

export const eventIdOf = (position: number): string => `evt_${String(position).padStart(DIGITS, '0')}`;

/** Null: no event can have this id. */
export const positionOf = (eventId: string): number | null => {
  const position = EVENT_ID.test(eventId) ? Number(eventId.slice('evt_'.length)) : NaN;
  return Number.isSafeInteger(position) ? position : null;
};
