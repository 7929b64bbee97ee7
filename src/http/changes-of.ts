import type { Type as Class } from '@nestjs/common';
import { PickType } from '@nestjs/swagger';
import { copyShapes } from './input-shape.js';

const PROPERTY = 'swagger/apiModelProperties';

/** Makes the DTO of a JSON merge patch (RFC 7396) from fields of the request that makes the resource. A field that is left out stays. */
export const changesOf = <Request extends object, Field extends keyof Request & string>(
  request: Class<Request>,
  fields: readonly Field[],
): Class<Partial<Pick<Request, Field>>> => {
  const Changes = PickType(request, fields);
  copyShapes(request, Changes, fields);
  for (const field of fields) {
    // a default would say what becomes of a field that is left out
    const { default: _default, ...property } = Reflect.getMetadata(PROPERTY, Changes.prototype as object, field) as {
      default?: unknown;
    };
    Reflect.defineMetadata(PROPERTY, { ...property, required: false }, Changes.prototype as object, field);
  }
  return Changes;
};
