import { ValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import { DomainError } from '../errors/domain-error.js';
import { faultsOf, type FieldErrors } from './validation-faults.js';

/** Carries what class-validator found out of Nest's pipe, which does not tell its factory what was being validated. */
class InputRefused extends Error {
  constructor(readonly errors: readonly FieldErrors[]) {
    super('input refused');
  }
}

/**
 * Validates every body, query and path parameter that has a DTO. Unknown fields are refused and not dropped, nothing is
 * converted that a DTO does not say to convert (`"false"` is no boolean), and each failed field is reported.
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
    if (metadata.type === 'body' && this.toValidate(metadata) && value !== undefined && !isObject(value)) {
      const faults = [{ pointer: '', detail: 'must be a JSON object' }];
      throw new DomainError('VALIDATION_ERROR', summaryOf(faults), { faults });
    }
    try {
      return (await super.transform(value, metadata)) as unknown;
    } catch (error) {
      if (!(error instanceof InputRefused)) throw error;
      const faults = faultsOf(error.errors, metadata.type);
      throw new DomainError('VALIDATION_ERROR', summaryOf(faults), { faults });
    }
  }
}

/** Nest would go on to validate a list item by item, and null or a number as if it were an empty object. */
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

function summaryOf(faults: readonly { pointer: string; detail: string }[]): string {
  const [first] = faults;
  if (first === undefined) return 'The request is not valid.';
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  return `${first.pointer === '' ? 'The body' : first.pointer}: ${first.detail}${more}`;
}
