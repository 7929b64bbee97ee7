import type Joi from 'joi';

/** What a value must be: the check, and the words for it in messages ("must be …") and in the documentation. */
export interface Kind {
  schema: Joi.Schema;
  expects: string;
}

/** One environment variable. Messages, `docs/configuration.md` and `.env.example` are all made from it. */
export interface Setting extends Kind {
  name: string;
  /**
   * Where its value goes in the Config: the feature, and the key there. Null: it is only checked and documented here, and
   * OpenTelemetry's SDK reads it from the environment.
   */
  goesTo: string | null;
  /** What it does, for an operator who has not read the code. */
  doc: string;
  /** As it would be written in a .env file. Without one, the variable must be set, or is null when `optional`. */
  default?: string;
  /** When it is required: how to get one. */
  remedy?: string;
  optional?: true;
  /** Never shown; may also be given as a file by NAME_FILE. */
  secret?: true;
}
