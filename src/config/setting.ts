import type Joi from 'joi';

/** The kind of a value: its check, and the words for it in messages ("must be …") and in the documentation. */
export interface Kind {
  schema: Joi.Schema;
  expects: string;
  /** What the check throws may be shown: it says what is wrong, and repeats nothing of the value. */
  showsNoSecret?: true;
}

/** One environment variable. Messages, `docs/configuration.md` and `.env.example` are all made from it. */
export interface Setting extends Kind {
  name: string;
  /**
   * Where the value goes in `Config`, as `feature.key`. Null: the setting is only checked and documented here, and
   * OpenTelemetry's SDK reads it from the environment.
   */
  goesTo: string | null;
  /** What the setting does, for an operator who has not read the code. */
  doc: string;
  /** As written in a .env file. Without a default the variable must be set, or is null when `optional`. */
  default?: string;
  /** How to get a value for a required setting. */
  remedy?: string;
  optional?: true;
  /** The value is never shown, and NAME_FILE may name a file that holds it. */
  secret?: true;
  /** The operator is warned of a NAME_FILE that every user of the machine may read. */
  privateFile?: true;
}
