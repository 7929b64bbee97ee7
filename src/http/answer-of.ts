import type { Type as Class } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';

/** A request as the answer shows it: with every field, which is null when it was not given and has no default. */
export type AnswerTo<Request> = { [Field in keyof Request]-?: Exclude<Request[Field], undefined> | null };

const PROPERTIES = 'swagger/apiModelPropertiesArray';
const PROPERTY = 'swagger/apiModelProperties';
/** The static method in which the swagger plugin stores the comments of a class. */
const FACTORY = '_OPENAPI_METADATA_FACTORY';

type Metadata = Record<string, Record<string, unknown> | undefined>;
type WithComments = { [FACTORY]?: () => Metadata };

/**
 * Makes the DTO of an answer that shows all fields of a request. A field that is added to the request appears in the answer, in the types
 * and in the OpenAPI document. Bounds are omitted: an answer may contain a value that an earlier release allowed.
 * @param otherwise fields that the answer declares itself
 */
export const answerOf = <Request extends object, Otherwise extends keyof Request = never>(
  request: Class<Request>,
  ...otherwise: Otherwise[]
): Class<AnswerTo<Omit<Request, Otherwise>>> => {
  // oxlint-disable-next-line typescript/no-extraneous-class -- a DTO consists of metadata only
  class Answer {}
  for (const name of fieldsOf(request).filter((field) => !(otherwise as string[]).includes(field))) {
    const property = Reflect.getMetadata(PROPERTY, request.prototype as object, name) as Property;
    ApiProperty(shownIn(property))(Answer.prototype, name);
  }
  const comments = request as WithComments;
  (Answer as WithComments)[FACTORY] = () => commentsIn(comments[FACTORY]?.() ?? {});
  return Answer as Class<AnswerTo<Omit<Request, Otherwise>>>;
};

type Property = Record<string, unknown>;

const fieldsOf = (request: Class<object>): string[] =>
  ((Reflect.getMetadata(PROPERTIES, request.prototype as object) ?? []) as string[]).map((name) => name.slice(1));

const BOUNDS = new Set([
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'maxItems',
  'uniqueItems',
  'propertyNames',
  'maxProperties',
  'default',
  'selfRequired',
]);

const shownIn = (property: Property): Property => {
  const isNullable = property['required'] === false && !('default' in property);
  return { ...withoutBounds(property), required: true, ...(isNullable && { nullable: true }) };
};

const withoutBounds = (property: Property): Property =>
  Object.fromEntries(
    Object.entries(property)
      .filter(([name]) => !BOUNDS.has(name))
      .map(([name, value]) => [name, INNER.has(name) ? withoutBounds(value as Property) : value]),
  );

/** Properties that hold a nested schema. */
const INNER = new Set(['items', 'additionalProperties']);

const commentsIn = (metadata: Metadata): Metadata =>
  Object.fromEntries(Object.entries(metadata).map(([name, { description } = {}]) => [name, { description }]));
