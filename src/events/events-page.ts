import { EVENT_TYPES, EVENTS, type EventDefinition, type EventType } from './event-catalogue.js';

interface Field {
  description?: string;
  title?: string;
  type?: string;
  enum?: string[];
  anyOf?: Field[];
}

/** `docs/events.md`: every event, with its data. */
export const eventsMarkdown = (): string =>
  [
    '# Events',
    'An event is a fact that never changes. `GET /api/events` returns all events in one order, with a cursor to follow them; ' +
      '`GET /api/instances/{instance}/events` returns the events of one instance. Types are never removed and never change their ' +
      'meaning; new types and new fields may be added. `actor` says who caused an event: `caller`, `operator`, `key:…`, `oidc:…`, `reconciler`, or a policy.',
    'This page is generated from `src/events/event-catalogue.ts`: change it there, then run `npm run docs`.',
    ...EVENT_TYPES.flatMap(sectionOf),
  ].join('\n\n') + '\n';

const sectionOf = (type: EventType): string[] => {
  const { subject, isShownToCallers, description, data } = EVENTS[type] as EventDefinition;
  const fields = Object.entries(data.properties as Record<string, Field>);
  return [
    `## ${type}`,
    `${description} Subject: \`${subject}\`${isShownToCallers ? '' : ', for operators only'}.`,
    fields.map(([name, field]) => `- \`${name}\` (${kindOf(field)}): ${field.description ?? ''}`).join('\n'),
  ];
};

const kindOf = ({ title, type, enum: words, anyOf }: Field): string => {
  if (title) return title;
  if (words) return words.map((word) => `\`${word}\``).join(', ');
  return anyOf?.map(kindOf).join(' or ') ?? type ?? 'anything';
};
