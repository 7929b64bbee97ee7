/** The configuration is wrong. Shown to the operator as it is: a sentence for every mistake, none of them a secret. */
export class ConfigError extends Error {
  /** The exit code of a process that cannot be configured (EX_CONFIG of sysexits.h). */
  static readonly EXIT_CODE = 78;

  constructor(readonly mistakes: readonly string[]) {
    super(`The configuration is wrong:\n${mistakes.map((mistake) => `  - ${mistake}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}
