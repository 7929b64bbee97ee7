/**
 * Removes variables such as PGHOST, PGSSLMODE and PGOPTIONS from the environment. The driver and PostgreSQL's programs
 * read them, so a shell's settings for another database would break this one. DATABASE_URL contains everything.
 */
export const removePostgresVariables = (environment: NodeJS.ProcessEnv): void => {
  for (const name of Object.keys(environment)) {
    if (name.startsWith('PG')) Reflect.deleteProperty(environment, name);
  }
};
