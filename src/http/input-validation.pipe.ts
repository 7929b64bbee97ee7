import { ValidationPipe, type ArgumentMetadata, type Type as Class } from '@nestjs/common';
import { DomainError, type Fault } from '../errors/domain-error.js';
import { isObject, shapeOfBody, shapeOfQuery, type ShapedInput } from './input-shape.js';
import { allFaults, type FieldErrors } from './validation-faults.js';

/** Carries the errors of class-validator out of Nest's pipe, whose exception factory does not know what was validated. */
class InputRefused extends Error {
  constructor(readonly errors: readonly FieldErrors[]) {
    super('input refused');
  }
}

/**
 * Validates every body, query and path parameter that has a DTO: first its shape, then its values. Unknown fields are refused, not
 * dropped. Values are converted only where a DTO says so (`"false"` is not a boolean). Null means "not given". Every failed field is
 * reported.
 */
export class InputValidationPipe extends ValidationPipe {
  constructor() {
    super({
      transform: true,
      transformOptions: { enableImplicitConversion: false },
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      exceptionFactory: (errors) => new InputRefused(errors),
    });
  }

  /** @throws DomainError VALIDATION_ERROR */
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const { type, metatype } = metadata;
    if ((type !== 'body' && type !== 'query') || !metatype || !this.toValidate(metadata)) {
      return (await super.transform(value, metadata)) as unknown;
    }
    // a missing body counts as empty, so that each missing field is reported
    const given = value ?? (value === undefined ? {} : null);
    if (!isObject(given)) throw refusal([{ pointer: '', detail: 'must be a JSON object' }]);
    const shaped = (type === 'body' ? shapeOfBody : shapeOfQuery)(metatype as Class<object>, given);
    const { result, errors } = await this.valuesOf(shaped, metadata);
    const faults = allFaults(shaped, errors, type);
    if (faults.length > 0) throw refusal(faults);
    return result;
  }

  private async valuesOf(
    { value }: ShapedInput,
    metadata: ArgumentMetadata,
  ): Promise<{ result?: unknown; errors: readonly FieldErrors[] }> {
    try {
      return { result: (await super.transform(value, metadata)) as unknown, errors: [] };
    } catch (error) {
      if (error instanceof InputRefused) return { errors: error.errors };
      throw error;
    }
  }
}

const refusal = (faults: Fault[]): DomainError => new DomainError('VALIDATION_ERROR', summaryOf(faults), { faults });

function summaryOf(faults: readonly Fault[]): string {
  const [first] = faults;
  if (first === undefined) return 'The request is not valid.';
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  return `${first.pointer === '' ? 'The body' : first.pointer}: ${first.detail}${more}`;
}
