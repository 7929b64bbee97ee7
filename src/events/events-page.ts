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
    'Everything that happens is an event: a fact that is never changed. `GET /api/events` answers them in one order, to be followed by a ' +
      'cursor; `GET /api/instances/{instance}/events` answers those of one instance. Names are never taken away and never change their ' +
      'meaning; new ones, and new fields, may come. `actor` says who caused an event: `caller`, `operator`, `reconciler`, or a policy.',
    'This page is made from `src/events/event-catalogue.ts`: change it there, then run `npm run docs`.',
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
