import type Joi from 'joi';
import { ConfigError } from './config-error.js';
import type { Config } from './config.js';
import type { Setting } from './setting.js';
import { SETTINGS } from './settings.js';

/** Environment variables, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

const MAX_SHOWN = 80;

const whatWasGiven = (setting: Setting, text: string, error: Joi.ValidationError): string => {
  const cause: unknown = error.details[0]?.context?.['error'];
  if (setting.showsNoSecret && cause instanceof Error) return cause.message;
  return setting.secret ? 'what is set is not (it is not shown)' : `but is ${JSON.stringify(text.slice(0, MAX_SHOWN))}`;
};

/** The value of one setting, or a sentence that says what is wrong with it. */
const read = (setting: Setting, environment: Environment): { value: unknown } | { mistake: string } => {
  const { name, expects, schema } = setting;
  // an empty variable counts as not set: compose files and CI write such variables
  const given = environment[name]?.trim() ?? '';
  const text = given === '' ? setting.default : given;
  if (text === undefined) {
    return setting.optional ? { value: null } : { mistake: `${name} is not set. ${setting.remedy ?? ''}`.trim() };
  }
  const { error, value } = schema.validate(text) as { error?: Joi.ValidationError; value: unknown };
  return error ? { mistake: `${name} must be ${expects}; ${whatWasGiven(setting, text, error)}.` } : { value };
};

/**
 * Makes the frozen configuration from an environment. Pure.
 * @param mistakes mistakes that were found while the environment was read, to be reported with the others
 * @throws ConfigError with all mistakes
 */
export const loadConfig = (environment: Environment, mistakes: readonly string[] = []): Config => {
  const found = [...mistakes];
  const features: Record<string, Record<string, unknown>> = {};
  for (const setting of SETTINGS) {
    const result = read(setting, environment);
    // a file that could not be read is among the mistakes already
    if ('mistake' in result && !mistakes.some((mistake) => mistake.startsWith(setting.name)))
      found.push(result.mistake);
    if ('value' in result && setting.goesTo !== null) {
      const [feature = '', key = ''] = setting.goesTo.split('.');
      (features[feature] ??= {})[key] = result.value;
    }
  }
  if (found.length > 0) throw new ConfigError(found);
  for (const feature of Object.values(features)) Object.freeze(feature);
  // settings.test proves that the settings fill every key of every feature
  return Object.freeze(features) as unknown as Config;
};
