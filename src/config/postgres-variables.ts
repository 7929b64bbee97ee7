/**
 * Takes PGHOST, PGSSLMODE, PGOPTIONS and their like out of the environment: the database driver and PostgreSQL's own
 * programs read them, and what a shell has set for another database would break ours. DATABASE_URL says everything.
 */
export const forgetPostgresVariables = (environment: NodeJS.ProcessEnv): void => {
  for (const name of Object.keys(environment)) {
    if (name.startsWith('PG')) Reflect.deleteProperty(environment, name);
  }
};
