/** The configuration is wrong. The message is shown to the operator: one sentence for each mistake, without secrets. */
export class ConfigError extends Error {
  /** The exit code of a process that cannot be configured (EX_CONFIG of sysexits.h). */
  static readonly EXIT_CODE = 78;

  constructor(readonly mistakes: readonly string[]) {
    super(`The configuration is wrong:\n${mistakes.map((mistake) => `  - ${mistake}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}
