import type { JobHandler } from './handles-job.decorator.js';
import type { JobDefinition } from './job-definition.js';

// `any`, since the definitions have different data; @HandlesJob checks the types
export type AnyJobDefinition = Omit<JobDefinition<never>, '__data'>;
export type AnyJobHandler = JobHandler<never>;

export interface FoundHandler {
  definition: AnyJobDefinition;
  handler: AnyJobHandler;
  /** For messages. */
  className: string;
}

/** The handler of each definition, by job name. Throws, naming every mistake, when a definition has none or several. */
export const matchHandlers = (
  definitions: readonly AnyJobDefinition[],
  found: readonly FoundHandler[],
): Map<string, FoundHandler> => {
  const mistakes: string[] = [];
  const matched = new Map<string, FoundHandler>();
  for (const definition of definitions) {
    if (matched.has(definition.name)) mistakes.push(`Two job definitions are named "${definition.name}".`);
    const [handler, ...others] = found.filter((candidate) => candidate.definition.name === definition.name);
    if (!handler) {
      mistakes.push(`The job "${definition.name}" has no handler: mark a provider with @HandlesJob.`);
    } else if (others.length > 0) {
      const names = [handler, ...others].map((candidate) => candidate.className).join(', ');
      mistakes.push(`The job "${definition.name}" has ${others.length + 1} handlers: ${names}. Keep one.`);
    } else {
      matched.set(definition.name, handler);
    }
  }
  const known = new Set(definitions.map((definition) => definition.name));
  for (const { definition, className } of found) {
    if (known.has(definition.name)) continue;
    mistakes.push(
      `${className} handles the job "${definition.name}", which is missing in the definitions of JobsModule.forRoot.`,
    );
  }
  if (mistakes.length > 0) throw new Error(mistakes.join('\n'));
  return matched;
};
