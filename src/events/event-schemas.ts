import type { OpenAPIObject } from '@nestjs/swagger';
import { EVENT_TYPES, EVENTS, type EventDefinition, type EventType, type SubjectKind } from './event-catalogue.js';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type Schema = Schemas[string];
interface Shape {
  title?: string;
  description?: string;
  properties?: Record<string, Shape>;
}

/** DTOs whose schemas become unions, with the subject kinds of the events in each. */
const UNIONS: Record<string, readonly SubjectKind[]> = {
  Event: ['instance', 'fleet'],
  InstanceEvent: ['instance'],
};

/**
 * Adds the catalogue to the OpenAPI document: an event becomes a union of one schema for each shape of data, with `type` as the
 * discriminator. Common fields stay as the DTO declares them.
 */
export const addEventUnions = (document: OpenAPIObject): OpenAPIObject => {
  const schemas = document.components?.schemas ?? {};
  const base = schemas['Event'];
  if (!base || '$ref' in base) return document;
  for (const shape of SHAPES.keys()) {
    schemas[dataNameOf(shape)] = named(shape);
    schemas[eventNameOf(shape)] = {
      ...base,
      description: (shape.description ?? '').replace(/\.$/, ', in an event.'),
      properties: { ...base.properties, type: typeSchema(SHAPES.get(shape) ?? []), data: dataSchema(shape) },
    };
  }
  for (const [union, subjects] of Object.entries(UNIONS)) {
    const types = EVENT_TYPES.filter((type) => subjects.includes(EVENTS[type].subject));
    const { description = '' } = schemas[union] as { description?: string };
    schemas[union] = {
      description,
      oneOf: [...new Set(types.map(refOf))].map(($ref) => ({ $ref })),
      discriminator: {
        propertyName: 'type',
        mapping: Object.fromEntries(types.map((type) => [type, refOf(type)])),
      },
    };
  }
  return document;
};

const definitionOf = (type: EventType): EventDefinition => EVENTS[type];
const shapeOf = (type: EventType): Shape => definitionOf(type).data;

/** The event types of each shape of data. */
const SHAPES = new Map<Shape, EventType[]>();
for (const type of EVENT_TYPES) SHAPES.set(shapeOf(type), [...(SHAPES.get(shapeOf(type)) ?? []), type]);

const dataNameOf = ({ title = '' }: Shape): string => title;
const eventNameOf = (shape: Shape): string => dataNameOf(shape).replace(/Data$/, 'Event');
const refOf = (type: EventType): string => `#/components/schemas/${eventNameOf(shapeOf(type))}`;

const typeSchema = (types: EventType[]): Schema => ({
  type: 'string',
  enum: types,
  description: types.map((type) => `\`${type}\`: ${definitionOf(type).description}`).join(' '),
  example: types[0],
});

const dataSchema = (shape: Shape): Schema => ({
  description: shape.description ?? '',
  allOf: [{ $ref: `#/components/schemas/${dataNameOf(shape)}` }],
});

/** The JSON Schema of a shape, with references for its titled parts. */
const named = ({ title: _title, properties = {}, ...shape }: Shape): Schema => ({
  ...shape,
  properties: Object.fromEntries(
    Object.entries(properties).map(([name, { title, ...part }]) => [
      name,
      title === undefined
        ? part
        : { description: part.description ?? '', allOf: [{ $ref: `#/components/schemas/${title}` }] },
    ]),
  ),
});
