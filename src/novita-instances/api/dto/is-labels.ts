import { registerDecorator } from 'class-validator';

const MAX_LABELS = 20;
const KEY = /^[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$/;
const MAX_VALUE_LENGTH = 63;

const isLabels = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.keys(value).length <= MAX_LABELS &&
  Object.entries(value).every(
    ([key, label]) => KEY.test(key) && typeof label === 'string' && label.length <= MAX_VALUE_LENGTH,
  );

/** A flat object of at most 20 short strings. */
export const IsLabels =
  (): PropertyDecorator =>
  (target, propertyName): void => {
    registerDecorator({
      name: 'isLabels',
      target: target.constructor,
      propertyName: String(propertyName),
      options: {
        message: 'labels must be an object of at most 20 strings, with keys and values of up to 63 characters',
      },
      validator: { validate: isLabels },
    });
  };
