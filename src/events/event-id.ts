/** The public id of an event is its position among all events: ids sort like the events and are never reused. */
const EVENT_ID = /^evt_\d{16}$/;
const DIGITS = 16;

export const eventIdOf = (position: number): string => `evt_${String(position).padStart(DIGITS, '0')}`;

/** The position of an event id, or null when no event can have this id. */
export const positionOf = (eventId: string): number | null => {
  const position = EVENT_ID.test(eventId) ? Number(eventId.slice('evt_'.length)) : NaN;
  return Number.isSafeInteger(position) ? position : null;
};
